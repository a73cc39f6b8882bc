using System.Data.Common;
using System.Runtime.InteropServices;
using Lnvps.Core.Addresses;
using Lnvps.Core.Catalogue;
using Lnvps.Core.Identity;
using Lnvps.Core.Randomness;
using Lnvps.Database.Addresses;
using Lnvps.Database.Sessions;

namespace Lnvps.Platform.Addresses;

/// <summary>
/// Assigns addresses (provisioning.md section 5.9). The database decides: the range's row is locked, the address is checked against every live row and inserted
/// in one transaction. The free addresses of a range are kept in memory only to find one quickly; a version in the range's row tells whether they are true, and
/// they are read again once a minute for the sake of programs that do not know the version.
/// </summary>
public sealed class AddressPools(IRandomSource random, TimeProvider time)
{
    static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(1);

    readonly Lock _gate = new();
    readonly Dictionary<RangeId, Kept> _pools = [];

    sealed record Kept(AddressPool Pool, ulong Version, long Read);

    /// <summary>
    /// Picks a free address of a range by its mode and inserts its row; null when the range is full, disabled or unreadable, or in SLAAC mode. The range's row
    /// stays locked until the session's transaction ends.
    /// </summary>
    public async Task<(AssignmentId Id, IpAddress Address)?> Assign(Session session, RangeId range, VmId vm, CancellationToken stop)
    {
        if (await session.LockRange(range, stop) is not { Enabled: true } row)
            return null;
        var read = AddressRange.Read(row.Cidr, row.Gateway, row.AllocationMode, row.UseFullRange);
        if (!read.IsOk || read.Value.Mode == IpAllocationMode.SlaacEui64)
            return null;
        var kept = KeptPool(row, read.Value);
        var pool = kept ?? await ReadPool(session, row, read.Value, stop);
        while (true)
        {
            if (Pick(pool) is not { } address)
            {
                if (kept is null)
                    return null;
                // Before the range is called full, what the database says counts.
                (kept, pool) = (null, await ReadPool(session, row, read.Value, stop));
                continue;
            }
            // An address may be taken through another range that overlaps this one (old databases), or unknown to the version.
            if (await session.IsAddressTaken(address.ToString(), stop))
                continue;
            try
            {
                return (await Insert(session, range, vm, address, pool, stop), address);
            }
            catch (DbException error) when (session.Dialect.IsDuplicateKey(error))
            {
                // Another transaction was faster through an overlapping range.
            }
        }
    }

    /// <summary>Inserts the row of an address that follows from the VM (SLAAC); null when somebody has it.</summary>
    public async Task<AssignmentId?> AssignGiven(Session session, RangeId range, VmId vm, IpAddress address, CancellationToken stop)
    {
        await session.LockRange(range, stop);
        return await session.IsAddressTaken(address.ToString(), stop) ? null : await session.InsertAssignment(vm, range, address.ToString(), stop);
    }

    /// <summary>Puts ranges into a random order, so that load spreads over them (section 5.1).</summary>
    public void Shuffle(List<IpRangeRow> ranges)
    {
        lock (_gate)
            random.Shuffle(CollectionsMarshal.AsSpan(ranges));
    }

    /// <summary>Says, in the transaction that frees addresses of these ranges, that what is kept of them is no longer true.</summary>
    public async Task Freed(Session session, IEnumerable<RangeId> ranges, CancellationToken stop)
    {
        foreach (var range in ranges.Distinct().OrderBy(range => range.Value))
            await session.SetRangeVersion(range, NewVersion(), stop);
    }

    async Task<AssignmentId> Insert(Session session, RangeId range, VmId vm, IpAddress address, AddressPool pool, CancellationToken stop)
    {
        var id = await session.InsertAssignment(vm, range, address.ToString(), stop);
        var version = NewVersion();
        await session.SetRangeVersion(range, version, stop);
        lock (_gate)
        {
            // Should the transaction be rolled back, the version was never stored and the pool is read again.
            if (_pools.TryGetValue(range, out var kept) && kept.Pool == pool)
                _pools[range] = kept with { Version = version };
        }
        return id;
    }

    AddressPool? KeptPool(IpRangeRow row, AddressRange range)
    {
        lock (_gate)
        {
            return _pools.TryGetValue(row.Id, out var kept) && kept.Version == row.UseVersion && row.UseVersion != 0 && time.GetElapsedTime(kept.Read) < Lifetime
                && kept.Pool.Range.Cidr == range.Cidr && kept.Pool.Range.Reserved.SequenceEqual(range.Reserved) && kept.Pool.Range.Mode == range.Mode
                    ? kept.Pool
                    : null;
        }
    }

    async Task<AddressPool> ReadPool(Session session, IpRangeRow row, AddressRange range, CancellationToken stop)
    {
        // Texts that are no addresses hide nothing that follows them; the check before the insert does not need them.
        var pool = new AddressPool(range, StoredAddresses.Read(await session.ListLiveAddresses(row.Id, stop), new List<string>()));
        lock (_gate)
            _pools[row.Id] = new Kept(pool, row.UseVersion, time.GetTimestamp());
        return pool;
    }

    /// <summary>The next address of a pool, taken from it at once.</summary>
    IpAddress? Pick(AddressPool pool)
    {
        lock (_gate)
        {
            var address = pool.Pick(random);
            if (address is { } picked)
                pool.Take(picked);
            return address;
        }
    }

    ulong NewVersion()
    {
        lock (_gate)
        {
            ulong version = 0;
            while (version == 0)
            {
                random.Fill(MemoryMarshal.AsBytes(new Span<ulong>(ref version)));
                version &= long.MaxValue;
            }
            return version;
        }
    }
}
