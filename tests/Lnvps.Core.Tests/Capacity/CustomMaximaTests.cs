using Lnvps.Core.Capacity;
using Lnvps.Core.Catalogue;
using Lnvps.Core.Identity;
using Lnvps.Core.Money;
using Lnvps.Core.Pricing;
using Lnvps.Core.Sizes;

namespace Lnvps.Core.Tests.Capacity;

/// <summary>provisioning.md section 4.5.</summary>
public class CustomMaximaTests
{
    static readonly CustomPricing Pricing = new(
        Currency.EUR, 1, 1, 1, 1, new CustomLimits(2, 32, new Bytes(10), new Bytes(640)),
        [
            new CustomDiskPrice(DiskKind.Ssd, DiskInterface.Pcie, 1, new Bytes(5), new Bytes(500)),
            new CustomDiskPrice(DiskKind.Hdd, DiskInterface.Sata, 1, new Bytes(5), new Bytes(500)),
        ]);

    static HostCapacity Host(uint id, ushort cpu, ulong memory, params (DiskKind Kind, DiskInterface Port, ulong Size)[] disks) =>
        new(new HostId(id), cpu, new Bytes(memory), 1, 1, 0, new Bytes(0),
            [.. disks.Select((d, i) => new DiskCapacity(new DiskId(10 * id + (uint)i), new Bytes(d.Size), d.Kind, d.Port, 1, new Bytes(0)))]);

    static RegionCapacity Region(params HostCapacity[] hosts) => new(new RegionId(1), hosts, FreeIpv4: 1);

    static (DiskKind, DiskInterface, ulong) Ssd(ulong size) => (DiskKind.Ssd, DiskInterface.Pcie, size);

    static (DiskKind, DiskInterface, ulong) Hdd(ulong size) => (DiskKind.Hdd, DiskInterface.Sata, size);

    [Fact]
    public void The_configured_limits_when_there_is_plenty()
    {
        var cut = CustomMaxima.Cut(Pricing, Region(Host(1, 100, 1_000, Ssd(1_000), Hdd(1_000))))!;
        Assert.Equal(Pricing.Limits, cut.Limits);
        Assert.Equal(Pricing.Disks, cut.Disks);
    }

    [Fact]
    public void Cut_to_what_hosts_can_give()
    {
        var cut = CustomMaxima.Cut(Pricing, Region(Host(1, 16, 100, Ssd(200)), Host(2, 8, 300, Ssd(90))))!;
        Assert.Equal(Pricing.Limits with { MaxCpu = 16, MaxMemory = new Bytes(300) }, cut.Limits);
        Assert.Equal([Pricing.Disks[0] with { Max = new Bytes(200) }], cut.Disks);
    }

    [Fact]
    public void A_host_without_a_servable_disk_lends_neither_cores_nor_memory()
    {
        var cut = CustomMaxima.Cut(Pricing, Region(Host(1, 4, 100, Ssd(200)), Host(2, 64, 900, Ssd(4)), Host(3, 64, 900)))!;
        Assert.Equal(Pricing.Limits with { MaxCpu = 4, MaxMemory = new Bytes(100) }, cut.Limits);
    }

    [Fact]
    public void A_host_below_the_least_cores_or_memory_lends_no_disk()
    {
        var cut = CustomMaxima.Cut(Pricing, Region(Host(1, 4, 100, Ssd(50)), Host(2, 1, 100, Hdd(400)), Host(3, 4, 9, Ssd(400))))!;
        Assert.Equal([Pricing.Disks[0] with { Max = new Bytes(50) }], cut.Disks);
    }

    [Fact]
    public void Nothing_left_means_not_shown()
    {
        Assert.Null(CustomMaxima.Cut(Pricing, Region()));
        Assert.Null(CustomMaxima.Cut(Pricing, Region(Host(1, 100, 1_000))));
        Assert.Null(CustomMaxima.Cut(Pricing, Region(Host(1, 100, 1_000, Ssd(4)))));
        Assert.Null(CustomMaxima.Cut(Pricing, Region(Host(1, 100, 1_000, Ssd(1_000))) with { FreeIpv4 = 0 }));
        Assert.Null(CustomMaxima.Cut(Pricing with { Disks = [] }, Region(Host(1, 100, 1_000, Ssd(1_000)))));
    }
}
