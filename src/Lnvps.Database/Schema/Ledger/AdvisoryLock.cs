using System.Data.Common;
using System.Globalization;
using System.Text;
using Lnvps.Database.Sessions;

namespace Lnvps.Database.Schema.Ledger;

/// <summary>The lock under which every program, existing ones included, changes the schema of a MariaDB database (data-model.md section 1.5).</summary>
static class AdvisoryLock
{
    const uint Factor = 0x3d32ad9e;
    const uint Polynomial = 0xEDB88320;

    /// <summary>Seconds of one attempt; shorter than any command may take.</summary>
    const int Attempt = 5;

    /// <summary>Name of the lock for a database: factor times CRC-32 of its name, in hex without leading zeros.</summary>
    public static string Name(string database) => ((ulong)Factor * Crc32(Encoding.UTF8.GetBytes(database))).ToString("x", CultureInfo.InvariantCulture);

    /// <summary>Waits for the lock, however long; it belongs to the connection of <paramref name="session"/>.</summary>
    public static async Task<string> Take(Session session, Action<string> report, CancellationToken stop)
    {
        var name = Name(await session.Find<string>("SELECT DATABASE()", null, stop) ?? "");
        for (var attempt = 1; await session.Scalar<long>("SELECT GET_LOCK(@name, @seconds)", new { name, seconds = Attempt }, stop) != 1; attempt++)
        {
            stop.ThrowIfCancellationRequested();
            if (attempt == 1)
                report("Waiting for another program that is at work on the schema");
        }
        return name;
    }

    public static async Task Release(Session session, string name)
    {
        try
        {
            await session.Execute("DO RELEASE_LOCK(@name)", new { name }, CancellationToken.None);
        }
        catch (DbException)
        {
            // The connection is gone, and the lock with it. What happened before matters more.
        }
    }

    static uint Crc32(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var b in bytes)
        {
            crc ^= b;
            for (var bit = 0; bit < 8; bit++)
                crc = crc >> 1 ^ ((crc & 1) == 0 ? 0 : Polynomial);
        }
        return ~crc;
    }
}
