using System.Buffers.Binary;
using System.Text;

namespace Lnvps.Hosting.CloudInit;

/// <summary>
/// Writes a small ISO 9660 image: one flat folder of files, with Rock Ridge names (Linux, BSD) and a Joliet tree (everyone else) beside the
/// 8.3 names, as <c>genisoimage -J -r</c> makes it. All dates are fixed, so that equal input gives equal bytes.
/// Sources: ECMA-119, IEEE P1281 (SUSP), IEEE P1282 (RRIP), the Joliet specification.
/// </summary>
public static class Iso9660
{
    public const int SectorBytes = 2048;

    // Sectors 0–15 belong to the system; descriptors, path tables, two root folders and then the files' content follow.
    const int PrimaryDescriptor = 16, JolietDescriptor = 17, EndDescriptor = 18;
    const int PathTableLittle = 19, PathTableBig = 20, JolietPathTableLittle = 21, JolietPathTableBig = 22;
    const int RootFolder = 23, JolietRootFolder = 24, FirstFile = 25;
    const int PathTableBytes = 10;

    // Half a mebibyte. Programs that look for a label try every file system they know, some at 64 KiB and beyond, and busybox gives up on a
    // device that ends before.
    const int FewestSectors = 256;

    // 2000-01-01T00:00:00Z in the seven-byte form of folder entries and the seventeen-byte form of descriptors.
    static ReadOnlySpan<byte> EntryDate => [100, 1, 1, 0, 0, 0, 0];
    static readonly byte[] DescriptorDate = [.. "2000010100000000"u8, 0];
    static readonly byte[] NoDate = [.. "0000000000000000"u8, 0];

    /// <param name="label">Volume label: 1–16 characters of a–z, A–Z, 0–9, '_' and '-' (the Joliet field holds sixteen).</param>
    /// <param name="files">At most 8; names of 1–48 ASCII letters, digits, '.', '_' and '-'.</param>
    /// <exception cref="ArgumentException">A name, the label or the number of files is out of range.</exception>
    public static byte[] Write(string label, IReadOnlyList<(string Name, byte[] Content)> files)
    {
        Check(label, files);
        // Both trees must be in the order of their names.
        var sorted = files.OrderBy(f => f.Name, StringComparer.Ordinal).ToArray();
        var starts = new int[sorted.Length];
        var next = FirstFile;
        for (var i = 0; i < sorted.Length; i++)
        {
            starts[i] = next;
            next += (sorted[i].Content.Length + SectorBytes - 1) / SectorBytes;
        }
        next = Math.Max(next, FewestSectors);
        var image = new byte[next * SectorBytes];
        Span<byte> Sector(int number) => image.AsSpan(number * SectorBytes, SectorBytes);

        WriteDescriptor(Sector(PrimaryDescriptor), label, next, joliet: false);
        WriteDescriptor(Sector(JolietDescriptor), label, next, joliet: true);
        Sector(EndDescriptor)[0] = 255;
        "CD001"u8.CopyTo(Sector(EndDescriptor)[1..]);
        Sector(EndDescriptor)[6] = 1;
        WritePathTable(Sector(PathTableLittle), RootFolder, bigEndian: false);
        WritePathTable(Sector(PathTableBig), RootFolder, bigEndian: true);
        WritePathTable(Sector(JolietPathTableLittle), JolietRootFolder, bigEndian: false);
        WritePathTable(Sector(JolietPathTableBig), JolietRootFolder, bigEndian: true);
        WriteFolder(Sector(RootFolder), RootFolder, sorted, starts, joliet: false);
        WriteFolder(Sector(JolietRootFolder), JolietRootFolder, sorted, starts, joliet: true);
        for (var i = 0; i < sorted.Length; i++)
            sorted[i].Content.CopyTo(image, starts[i] * SectorBytes);
        return image;
    }

    static void Check(string label, IReadOnlyList<(string Name, byte[] Content)> files)
    {
        static bool Plain(char c) => char.IsAsciiLetterOrDigit(c) || c is '_' or '-';
        if (label.Length is 0 or > 16 || !label.All(Plain))
            throw new ArgumentException($"'{label}' is not a volume label", nameof(label));
        if (files.Count > 8)
            throw new ArgumentException($"{files.Count} files do not fit into one folder sector", nameof(files));
        foreach (var (name, _) in files)
        {
            if (name.Length is 0 or > 48 || !name.All(c => Plain(c) || c == '.'))
                throw new ArgumentException($"'{name}' is not a file name", nameof(files));
        }
        if (files.Select(f => f.Name).Distinct(StringComparer.Ordinal).Count() != files.Count)
            throw new ArgumentException("Two files have the same name", nameof(files));
    }

    static void WriteDescriptor(Span<byte> d, string label, int sectors, bool joliet)
    {
        d[0] = joliet ? (byte)2 : (byte)1;
        "CD001"u8.CopyTo(d[1..]);
        d[6] = 1;
        Text(d.Slice(8, 32), "", joliet);
        Text(d.Slice(40, 32), label, joliet);
        BothEndian32(d[80..], sectors);
        if (joliet)
            "%/E"u8.CopyTo(d[88..]); // UCS-2 level 3
        BothEndian16(d[120..], 1);
        BothEndian16(d[124..], 1);
        BothEndian16(d[128..], SectorBytes);
        BothEndian32(d[132..], PathTableBytes);
        BinaryPrimitives.WriteInt32LittleEndian(d[140..], joliet ? JolietPathTableLittle : PathTableLittle);
        BinaryPrimitives.WriteInt32BigEndian(d[148..], joliet ? JolietPathTableBig : PathTableBig);
        FolderEntry(d.Slice(156, 34), joliet ? JolietRootFolder : RootFolder, SectorBytes, isFolder: true, [0]);
        Text(d.Slice(190, 128), "", joliet);
        Text(d.Slice(318, 128), "", joliet);
        Text(d.Slice(446, 128), "", joliet);
        Text(d.Slice(574, 128), "", joliet);
        Text(d.Slice(702, 37), "", joliet);
        Text(d.Slice(739, 37), "", joliet);
        Text(d.Slice(776, 37), "", joliet);
        DescriptorDate.CopyTo(d[813..]);
        DescriptorDate.CopyTo(d[830..]);
        NoDate.CopyTo(d[847..]);
        NoDate.CopyTo(d[864..]);
        d[881] = 1;
    }

    // Descriptor text is padded with spaces: one byte each, or two (big-endian) in the Joliet descriptor.
    static void Text(Span<byte> field, string text, bool joliet)
    {
        if (!joliet)
        {
            field.Fill((byte)' ');
            Encoding.ASCII.GetBytes(text, field);
            return;
        }
        field.Clear();
        for (var i = 0; i < field.Length / 2; i++)
            BinaryPrimitives.WriteUInt16BigEndian(field[(2 * i)..], i < text.Length ? text[i] : ' ');
    }

    static void WritePathTable(Span<byte> table, int root, bool bigEndian)
    {
        table[0] = 1;
        if (bigEndian)
        {
            BinaryPrimitives.WriteInt32BigEndian(table[2..], root);
            BinaryPrimitives.WriteUInt16BigEndian(table[6..], 1);
        }
        else
        {
            BinaryPrimitives.WriteInt32LittleEndian(table[2..], root);
            BinaryPrimitives.WriteUInt16LittleEndian(table[6..], 1);
        }
    }

    static void WriteFolder(Span<byte> folder, int self, (string Name, byte[] Content)[] files, int[] starts, bool joliet)
    {
        var at = 0;
        // The folder itself and its parent, which for the root is itself. "SP" and "ER" in the first announce Rock Ridge.
        byte[] own = joliet ? [] : [.. Announce(), .. Mode(isFolder: true)];
        at += FolderEntry(folder[at..], self, SectorBytes, isFolder: true, [0], own);
        at += FolderEntry(folder[at..], self, SectorBytes, isFolder: true, [1], joliet ? [] : Mode(isFolder: true));
        for (var i = 0; i < files.Length; i++)
        {
            var (name, content) = files[i];
            byte[] identifier = joliet ? Encoding.BigEndianUnicode.GetBytes(name) : Encoding.ASCII.GetBytes($"FILE{i + 1}.;1");
            byte[] extras = joliet ? [] : [.. Mode(isFolder: false), .. RockRidgeName(name)];
            at += FolderEntry(folder[at..], starts[i], content.Length, isFolder: false, identifier, extras);
        }
    }

    static int FolderEntry(Span<byte> entry, int start, int length, bool isFolder, ReadOnlySpan<byte> identifier, ReadOnlySpan<byte> extras = default)
    {
        var plain = 33 + identifier.Length;
        plain += plain & 1;
        var total = plain + extras.Length;
        total += total & 1;
        entry[0] = checked((byte)total);
        BothEndian32(entry[2..], start);
        BothEndian32(entry[10..], length);
        EntryDate.CopyTo(entry[18..]);
        entry[25] = isFolder ? (byte)2 : (byte)0;
        BothEndian16(entry[28..], 1);
        entry[32] = (byte)identifier.Length;
        identifier.CopyTo(entry[33..]);
        extras.CopyTo(entry[plain..]);
        return total;
    }

    static byte[] Announce()
    {
        const string id = "RRIP_1991A";
        return [(byte)'S', (byte)'P', 7, 1, 0xBE, 0xEF, 0, (byte)'E', (byte)'R', (byte)(8 + id.Length), 1, (byte)id.Length, 0, 0, 1, .. Encoding.ASCII.GetBytes(id)];
    }

    // Read-only for everyone, owned by root.
    static byte[] Mode(bool isFolder)
    {
        var px = new byte[36];
        px[0] = (byte)'P';
        px[1] = (byte)'X';
        px[2] = 36;
        px[3] = 1;
        BothEndian32(px.AsSpan(4), isFolder ? 0x416D : 0x8124); // 040555, 0100444
        BothEndian32(px.AsSpan(12), isFolder ? 2 : 1);
        return px;
    }

    static byte[] RockRidgeName(string name) =>
        [(byte)'N', (byte)'M', (byte)(5 + name.Length), 1, 0, .. Encoding.ASCII.GetBytes(name)];

    static void BothEndian16(Span<byte> field, ushort value)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(field, value);
        BinaryPrimitives.WriteUInt16BigEndian(field[2..], value);
    }

    static void BothEndian32(Span<byte> field, int value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(field, value);
        BinaryPrimitives.WriteInt32BigEndian(field[4..], value);
    }
}
