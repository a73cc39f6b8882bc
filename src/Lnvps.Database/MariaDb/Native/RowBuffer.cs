using System.Runtime.CompilerServices;
using static Lnvps.Database.MariaDb.Native.LibMariaDb;

namespace Lnvps.Database.MariaDb.Native;

/// <summary>
/// Where the library puts one row: per column a MYSQL_BIND, the length, the NULL and truncation marks and the first bytes. The array never
/// moves, so that the bindings stay valid from row to row.
/// </summary>
sealed unsafe class RowBuffer
{
    readonly byte[] _bytes;
    readonly Slot[] _slots;

    readonly record struct Slot(int Length, int Null, int Data);

    internal RowBuffer(Column[] columns)
    {
        var offset = columns.Length * Unsafe.SizeOf<Bind>();
        _slots = new Slot[columns.Length];
        for (var i = 0; i < columns.Length; i++)
        {
            // Length (8), NULL mark and truncation mark (together 8), data rounded up to 8: everything stays aligned.
            _slots[i] = new(offset, offset + 8, offset + 16);
            offset += 16 + (columns[i].Size + 7) / 8 * 8;
        }
        _bytes = GC.AllocateArray<byte>(Math.Max(offset, 1), pinned: true);
        Columns = columns;
        var start = Start;
        for (var i = 0; i < columns.Length; i++)
        {
            var bind = (Bind*)start + i;
            bind->Length = (nuint*)(start + _slots[i].Length);
            bind->IsNull = start + _slots[i].Null;
            bind->Error = start + _slots[i].Null + 1;
            bind->Buffer = start + _slots[i].Data;
            bind->BufferLength = (nuint)columns[i].Size;
            bind->Type = columns[i].Wire;
            bind->IsUnsigned = columns[i].IsUnsigned ? (byte)1 : (byte)0;
        }
    }

    internal Column[] Columns { get; }

    internal Bind* Binds => (Bind*)Start;

    /// <summary>Copies the row that was just fetched; what did not fit into its slot is fetched again in full.</summary>
    internal void CopyTo(ResultSet rows, StatementHandle statement)
    {
        for (var i = 0; i < Columns.Length; i++)
        {
            var column = Columns[i];
            var slot = _slots[i];
            if (_bytes[slot.Null] != 0)
            {
                rows.AddNull();
                continue;
            }
            var length = column.HasFixedSize ? column.Size : checked((int)*(nuint*)(Start + slot.Length));
            var room = rows.Add(length);
            if (length <= column.Size)
                _bytes.AsSpan(slot.Data, length).CopyTo(room);
            else
                statement.FetchWhole(i, column.Wire, room);
        }
    }

    byte* Start => (byte*)Unsafe.AsPointer(ref System.Runtime.InteropServices.MemoryMarshal.GetArrayDataReference(_bytes));
}
