using FsCheck;
using FsCheck.Fluent;
using Lnvps.Core.Capacity;
using Lnvps.Core.Catalogue;
using Lnvps.Core.Identity;
using Lnvps.Core.Payments;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Sizes;

namespace Lnvps.Core.Tests.Capacity;

/// <summary>provisioning.md section 4 and property 11 of section 22.</summary>
public class CapacityTests
{
    static DiskCapacity Disk(uint id, ulong size, ulong used = 0, float factor = 1, DiskKind kind = DiskKind.Ssd, DiskInterface port = DiskInterface.Pcie) =>
        new(new DiskId(id), new Bytes(size), kind, port, factor, new Bytes(used));

    static HostCapacity Host(
        uint id = 1, ushort cpu = 100, ulong memory = 100, float cpuFactor = 1, float memoryFactor = 1, ulong usedCpu = 0, ulong usedMemory = 0,
        params DiskCapacity[] disks) =>
        new(new HostId(id), cpu, new Bytes(memory), cpuFactor, memoryFactor, usedCpu, new Bytes(usedMemory), disks);

    static VmSpec Spec(ushort cpu = 1, ulong memory = 1, ulong disk = 1, DiskKind kind = DiskKind.Ssd, DiskInterface port = DiskInterface.Pcie) =>
        new(cpu, new Bytes(memory), new Bytes(disk), kind, port);

    static RegionCapacity Region(params HostCapacity[] hosts) => new(new RegionId(1), hosts, FreeIpv4: 1);

    [Fact]
    public void Loads_of_the_worked_example()
    {
        var host = Host(cpuFactor: 2, memoryFactor: 3, usedCpu: 8, usedMemory: 8, disks: Disk(1, 100, 8, 4));
        Assert.Equal((0.04, 192UL), (host.CpuLoad, host.AvailableCpu));
        Assert.Equal((8.0 / 300, new Bytes(292)), (host.MemoryLoad, host.AvailableMemory));
        Assert.Equal((0.02, new Bytes(392)), (host.Disks[0].Load, host.Disks[0].Available));
        Assert.Equal((8.0 / 200 + 8.0 / 300 + 8.0 / 400) / 3, host.LoadFor(DiskKind.Ssd, DiskInterface.Pcie), 15);
    }

    [Theory]
    [InlineData(20, 1.5f, 30)]
    [InlineData(33, 1.1f, 36)]
    [InlineData(10, 0f, 0)]
    [InlineData(10, -1f, 0)]
    [InlineData(10, float.NaN, 0)]
    public void Available_cores(ushort cpu, float factor, ulong available) => Assert.Equal(available, Host(cpu: cpu, cpuFactor: factor).AvailableCpu);

    [Fact]
    public void Factors_are_widened_not_rewritten() =>
        Assert.Equal(new Bytes(151_182_852_096), Host(memory: 137_438_953_472, memoryFactor: 1.1f).AvailableMemory);

    [Fact]
    public void More_used_than_there_is_leaves_nothing()
    {
        var host = Host(usedCpu: 101, usedMemory: ulong.MaxValue, disks: Disk(1, 10, 11));
        Assert.Equal((0UL, 0UL, 0UL), (host.AvailableCpu, host.AvailableMemory.Value, host.Disks[0].Available.Value));
    }

    [Fact]
    public void Enormous_sizes_do_not_overflow() =>
        Assert.True(Host(memory: ulong.MaxValue, memoryFactor: float.MaxValue).AvailableMemory.Value > Bytes.FromGib(1_000_000).Value);

    [Theory]
    [InlineData(0f)]
    [InlineData(-1f)]
    [InlineData(float.NaN)]
    public void A_senseless_denominator_counts_as_full(float factor)
    {
        var host = Host(cpuFactor: factor, memoryFactor: factor, disks: Disk(1, 100, factor: factor));
        Assert.Equal((1.0, 1.0, 1.0), (host.CpuLoad, host.MemoryLoad, host.Disks[0].Load));
        Assert.Equal(1.0, Host(cpu: 0).CpuLoad);
    }

    [Fact]
    public void Without_a_matching_disk_the_disk_load_is_full() =>
        Assert.Equal(1.0 / 3, Host(disks: Disk(1, 100)).LoadFor(DiskKind.Hdd, DiskInterface.Sata), 15);

    [Fact]
    public void All_must_hold_on_the_same_host()
    {
        var a = Host(1, usedCpu: 100, disks: Disk(1, 100, kind: DiskKind.Hdd));
        var b = Host(2, cpu: 8, disks: Disk(2, 100));
        Assert.False(Region(a, b).Fits(Spec(kind: DiskKind.Hdd)));
        Assert.True(Region(a, b).Fits(Spec()));
        Assert.False(Region(b).Fits(Spec(port: DiskInterface.Scsi)));
        Assert.False((Region(b) with { FreeIpv4 = 0 }).Fits(Spec()));
        Assert.True(Region(b).Fits(Spec(8, 100, 100)));
        Assert.False(Region(b).Fits(Spec(9, 100, 100)));
        Assert.False(Region(b).Fits(Spec(8, 101, 100)));
        Assert.False(Region(b).Fits(Spec(8, 100, 101)));
    }

    [Fact]
    public void The_least_loaded_host_then_the_lower_id()
    {
        var busy = Host(1, usedCpu: 31, usedMemory: 31, disks: Disk(1, 100, 31));
        var calm = Host(2, usedCpu: 29, usedMemory: 29, disks: Disk(2, 100, 29));
        Assert.Equal(new Placement(new HostId(2), new DiskId(2)), Region(busy, calm).Choose(Spec()).Value);
        var twin = calm with { Id = new HostId(3) };
        Assert.Equal(new HostId(2), Region(twin, calm).Choose(Spec()).Value.Host);
    }

    [Fact]
    public void The_least_loaded_fitting_disk_then_the_lower_id()
    {
        var host = Host(disks: [Disk(5, 10), Disk(4, 100, 50), Disk(3, 100, 60), Disk(2, 100, 50), Disk(1, 100, kind: DiskKind.Hdd)]);
        Assert.Equal(new DiskId(2), Region(host).Choose(Spec(disk: 20)).Value.Disk);
        Assert.Equal(new DiskId(5), Region(host).Choose(Spec(disk: 10)).Value.Disk);
    }

    [Fact]
    public void No_room_is_a_conflict()
    {
        var lab = Host(cpu: 20, memory: Bytes.FromGib(64).Value, disks: Disk(1, Bytes.FromGib(1_000).Value));
        var huge = Spec(64, Bytes.FromGib(512).Value, Bytes.FromGib(20_480).Value);
        Assert.Equal(Refusal.Because(ErrorCode.NoCapacity, "No host with enough capacity"), Region(lab).Choose(huge).Refusal);
        Assert.Equal(RefusalKind.Conflict, (Region(lab) with { FreeIpv4 = 0 }).Choose(Spec()).Refusal!.Kind);
        Assert.Equal(RefusalKind.Conflict, Region().Choose(Spec()).Refusal!.Kind);
    }

    [Fact]
    public void A_stored_placement_is_kept_while_it_fits()
    {
        var full = Host(1, usedCpu: 100, disks: Disk(1, 100));
        var busy = Host(2, usedCpu: 50, disks: [Disk(2, 100, 90), Disk(3, 100)]);
        var calm = Host(3, disks: Disk(4, 100));
        var stored = new Placement(new HostId(2), new DiskId(2));
        Assert.Equal(stored, Region(full, busy, calm).KeepOrChoose(stored, Spec(disk: 10)).Value);
        Assert.Equal(new Placement(new HostId(3), new DiskId(4)), Region(full, busy, calm).KeepOrChoose(stored, Spec(disk: 11)).Value);
        Assert.Equal(new HostId(3), Region(full, busy, calm).KeepOrChoose(new(new HostId(1), new DiskId(1)), Spec()).Value.Host);
        Assert.False((Region(calm) with { FreeIpv4 = 0 }).KeepOrChoose(new(new HostId(3), new DiskId(4)), Spec()).IsOk);
    }

    [Fact]
    public void An_upgrade_needs_room_for_the_difference_only()
    {
        // The VM itself is not counted: with it 98, 90 and 95 of 100 are taken.
        var host = Host(usedCpu: 90, usedMemory: 40, disks: Disk(1, 100, 45));
        Assert.True(Fits(1, Spec(10, 60, 55)));
        Assert.False(Fits(1, Spec(11, 60, 55)));
        Assert.False(Fits(1, Spec(10, 61, 55)));
        Assert.False(Fits(1, Spec(10, 60, 56)));
        Assert.False(Fits(9, Spec(10, 60, 51)));
        Assert.True(Fits(9, Spec(10, 60, 50)));
        // A host that was made smaller keeps what it has.
        Assert.True((host with { Cpu = 1 }).FitsGrown(new DiskId(1), Spec(8, 60, 50), new UpgradeWish(Cpu: null, Spec(8, 60, 50).Memory, Disk: null)));

        bool Fits(uint disk, VmSpec wanted) =>
            host.FitsGrown(new DiskId(disk), wanted, new UpgradeWish(wanted.Cpu, wanted.Memory, wanted.Disk).Growth(Spec(8, 50, 50)));
    }

    /// <summary>Property 11: adding a VM never makes more room, and never brings an offer back.</summary>
    [Fact]
    public void Adding_a_machine_never_makes_room() =>
        Prop.ForAll(Gen.Choose(0, 120).Four().ToArbitrary(), Gen.Choose(0, 40).Four().ToArbitrary(), (used, sizes) =>
        {
            var spec = Spec((ushort)sizes.Item1, (ulong)sizes.Item2, (ulong)sizes.Item3);
            var before = Host(cpuFactor: 1.1f, memoryFactor: 1.1f, usedCpu: (ulong)used.Item1, usedMemory: (ulong)used.Item2, disks: Disk(1, 100, (ulong)used.Item3, 1.1f));
            var after = before with
            {
                UsedCpu = before.UsedCpu + spec.Cpu,
                UsedMemory = new Bytes(before.UsedMemory.Value + spec.Memory.Value),
                Disks = [before.Disks[0] with { Used = new Bytes(before.Disks[0].Used.Value + spec.Disk.Value) }],
            };
            var other = Spec((ushort)sizes.Item4, (ulong)sizes.Item4, (ulong)sizes.Item4);
            return after.AvailableCpu <= before.AvailableCpu
                && after.AvailableMemory.Value <= before.AvailableMemory.Value
                && after.Disks[0].Available.Value <= before.Disks[0].Available.Value
                && (!after.Fits(other) || before.Fits(other));
        }).QuickCheckThrowOnFailure();

    /// <summary>Property 3: what is placed by the rules never exceeds the capacity.</summary>
    [Fact]
    public void Placed_machines_stay_within_the_capacity() =>
        Prop.ForAll(Gen.Choose(1, 9).Three().ListOf().ToArbitrary(), machines =>
        {
            HostCapacity[] hosts = [Host(1, cpu: 20, memory: 50, cpuFactor: 1.5f, disks: Disk(1, 40)), Host(2, cpu: 10, memory: 20, disks: [Disk(2, 30), Disk(3, 20)])];
            foreach (var (cpu, memory, disk) in machines)
            {
                var spec = Spec((ushort)cpu, (ulong)memory, (ulong)disk);
                if (!Region(hosts).Choose(spec).IsOk)
                    continue;
                var placed = Region(hosts).Choose(spec).Value;
                hosts = [.. hosts.Select(host => host.Id == placed.Host ? Add(host, placed.Disk, spec) : host)];
            }
            return hosts[0].UsedCpu <= 30 && hosts[1].UsedCpu <= 10
                && Array.TrueForAll(hosts, h => h.UsedMemory.Value <= h.Memory.Value && h.Disks.All(d => d.Used.Value <= d.Size.Value));

            static HostCapacity Add(HostCapacity host, DiskId disk, VmSpec spec) => host with
            {
                UsedCpu = host.UsedCpu + spec.Cpu,
                UsedMemory = new Bytes(host.UsedMemory.Value + spec.Memory.Value),
                Disks = [.. host.Disks.Select(d => d.Id == disk ? d with { Used = new Bytes(d.Used.Value + spec.Disk.Value) } : d)],
            };
        }).QuickCheckThrowOnFailure();
}
