using Lnvps.Core.Addresses;
using Lnvps.Core.Catalogue;
using Lnvps.Core.Identity;
using Lnvps.Core.Sizes;
using Lnvps.Core.Time;
using Lnvps.Database.Sessions;

namespace Lnvps.Api.Development;

/// <summary>What the seeded shop runs on.</summary>
/// <param name="HostUri">LibVirt connection URI, or a name for the simulated host.</param>
/// <param name="Pool">Storage pool of the guests' disks.</param>
/// <param name="Gateways">Addresses of the guests' gateways with the length of their networks; guests get theirs from these networks.</param>
sealed record SeedHost(HostKind Kind, string Name, string HostUri, ushort Cpu, Bytes Memory, string Pool, Bytes PoolSize, Uri ImageUrl, string ImageUser,
    IReadOnlyList<string> Gateways);

/// <summary>A small, complete shop in an empty database: company, region, host, pool, image, three plans, one custom pricing, addresses. Once.</summary>
static class DevelopmentSeed
{
    /// <summary>Seeds when there is no host yet; returns whether it did.</summary>
    public static Task<bool> Plant(Db db, SeedHost host, Instant now, CancellationToken stop) => db.Write(async session =>
    {
        if (await session.Scalar<long>("SELECT COUNT(*) FROM vm_host", null, stop) > 0)
            return false;
        await session.Execute("UPDATE company SET name = 'Example Hosting', email = 'shop@example.com', base_currency = 'EUR', country_code = 'IRL' WHERE id = 1", null, stop);
        var region = await session.Insert("INSERT INTO vm_host_region (name, enabled, company_id) VALUES ('Local', 1, 1)", null, stop);
        var hostId = await session.Insert("""
            INSERT INTO vm_host (kind, region_id, name, ip, cpu, memory, enabled, api_token, load_cpu, load_memory, load_disk)
            VALUES (@Kind, @region, @Name, @HostUri, @Cpu, @Memory, 1, '', 4, 1, 2)
            """, new { host.Kind, region, host.Name, host.HostUri, host.Cpu, host.Memory }, stop);
        await session.Execute("INSERT INTO vm_host_disk (host_id, name, size, kind, interface, enabled) VALUES (@hostId, @Pool, @PoolSize, @kind, @bus, 1)",
            new { hostId, host.Pool, host.PoolSize, kind = DiskKind.Ssd, bus = DiskInterface.Pcie }, stop);
        await session.Execute("""
            INSERT INTO vm_os_image (distribution, flavour, version, enabled, release_date, url, default_username)
            VALUES (@distribution, 'Small', '12', 1, @now, @url, @user)
            """, new { distribution = OsDistribution.Debian, now, url = host.ImageUrl.ToString(), user = host.ImageUser }, stop);
        await Plans(session, region, now, stop);
        await CustomPricing(session, region, now, stop);
        foreach (var gateway in host.Gateways)
            await Range(session, region, IpPrefix.Parse(gateway), gateway, stop);
        return true;
    }, stop);

    static async Task Plans(Session session, uint region, Instant now, CancellationToken stop)
    {
        (string Name, ushort Cpu, ulong MemoryMib, ulong DiskGib, ulong Cents, IntervalKind Interval)[] offers =
        [
            ("Tiny", 1, 256, 2, 10, IntervalKind.Day),
            ("Small", 1, 512, 4, 250, IntervalKind.Month),
            ("Medium", 2, 1024, 8, 4800, IntervalKind.Year),
        ];
        foreach (var offer in offers)
        {
            var plan = await session.Insert("""
                INSERT INTO vm_cost_plan (name, created, amount, currency, interval_amount, interval_type) VALUES (@name, @now, @Cents, 'EUR', 1, @Interval)
                """, new { name = $"{offer.Name} plan", now, offer.Cents, offer.Interval }, stop);
            await session.Execute("""
                INSERT INTO vm_template (name, enabled, created, cpu, memory, disk_size, disk_type, disk_interface, cost_plan_id, region_id)
                VALUES (@Name, 1, @now, @Cpu, @memory, @disk, @kind, @bus, @plan, @region)
                """, new
            {
                offer.Name,
                now,
                offer.Cpu,
                memory = Bytes.FromMib(offer.MemoryMib),
                disk = Bytes.FromGib(offer.DiskGib),
                kind = DiskKind.Ssd,
                bus = DiskInterface.Pcie,
                plan,
                region,
            }, stop);
        }
    }

    static async Task CustomPricing(Session session, uint region, Instant now, CancellationToken stop)
    {
        var pricing = await session.Insert("""
            INSERT INTO vm_custom_pricing (name, enabled, created, region_id, currency, cpu_cost, memory_cost, ip4_cost, ip6_cost, min_cpu, max_cpu, min_memory, max_memory)
            VALUES ('Custom', 1, @now, @region, 'EUR', 150, 50, 50, 5, 1, 8, @least, @most)
            """, new { now, region, least = Bytes.FromGib(1), most = Bytes.FromGib(16) }, stop);
        await session.Execute("""
            INSERT INTO vm_custom_pricing_disk (pricing_id, kind, interface, cost, min_disk_size, max_disk_size) VALUES (@pricing, @kind, @bus, 5, @least, @most)
            """, new { pricing, kind = DiskKind.Ssd, bus = DiskInterface.Pcie, least = Bytes.FromGib(2), most = Bytes.FromGib(100) }, stop);
    }

    static Task Range(Session session, uint region, IpPrefix network, string gateway, CancellationToken stop) =>
        session.Execute("INSERT INTO ip_range (cidr, enabled, region_id, gateway, allocation_mode, use_full_range) VALUES (@cidr, 1, @region, @gateway, @mode, 0)", new
        {
            cidr = network.ToString(),
            region,
            gateway,
            mode = network.Family == IpFamily.V4 ? IpAllocationMode.Sequential : IpAllocationMode.Random,
        }, stop);
}
