using System.Diagnostics;
using Lnvps.Bench.Measuring;
using Lnvps.Bench.Shops;
using Lnvps.Core.Catalogue;
using Lnvps.Core.Identity;
using Lnvps.Core.Randomness;
using Lnvps.Platform.Addresses;

namespace Lnvps.Bench.Addresses;

/// <summary>Assigning an address of a nearly full /16: the range's row is locked, a free address found, checked against the database and inserted.</summary>
sealed class AddressAllocationBenchmark : IBenchmark
{
    const double MostMilliseconds = 1;
    const int Used = 60_000, WarmUp = 300, Rounds = 2_000;

    public string Name => "address";

    public string About => "assignment of an address in a /16 with 60,000 used, on SQLite";

    public async Task<IReadOnlyList<Finding>> Measure(CancellationToken stop) =>
        [await Measure(IpAllocationMode.Random, stop), await Measure(IpAllocationMode.Sequential, stop)];

    static async Task<Finding> Measure(IpAllocationMode mode, CancellationToken stop)
    {
        await using var shop = await BenchShop.Open(db: null, stop);
        var now = shop.Platform.Shop.Clock.Now;
        await shop.Add(1, now, now, stop);
        var vm = new VmId(1);
        var range = await shop.Db.Write(async session =>
        {
            var id = await session.Insert("""
                INSERT INTO ip_range (cidr, enabled, region_id, gateway, allocation_mode, use_full_range) VALUES ('10.9.0.0/16', 1, 1, '10.9.0.1/16', @mode, 0)
                """, new { mode }, stop);
            await session.Execute($"""
                INSERT INTO vm_ip_assignment (vm_id, ip_range_id, ip, deleted)
                SELECT 1, {id}, '10.9.' || ((n + 10) / 256) || '.' || ((n + 10) % 256), 0 FROM {Numbers.Below(Used)}
                """, null, stop);
            return new RangeId(id);
        }, stop);

        var pools = new AddressPools(new SecureRandomness(), TimeProvider.System);
        double[] assign = new double[Rounds], whole = new double[Rounds];
        double first = 0;
        for (var i = -WarmUp; i < Rounds; i++)
        {
            double inside = 0;
            var began = Stopwatch.GetTimestamp();
            await shop.Db.Write(async session =>
            {
                var locked = Stopwatch.GetTimestamp();
                if (await pools.Assign(session, range, vm, stop) is null)
                    throw new InvalidOperationException("The range has free addresses");
                inside = Stopwatch.GetElapsedTime(locked).TotalMilliseconds;
            }, stop);
            if (i == -WarmUp)
                first = inside;
            if (i >= 0)
                (assign[i], whole[i]) = (inside, Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        }
        Array.Sort(assign);
        Array.Sort(whole);
        return new($"address: assign, {mode.ToString().ToLowerInvariant()}", assign[Rounds / 2], MostMilliseconds, "ms",
            $"99 of 100 within {assign[Rounds * 99 / 100]:0.00} ms; with begin and commit {whole[Rounds / 2]:0.00} ms; the first, which reads the range, {first:0} ms");
    }
}
