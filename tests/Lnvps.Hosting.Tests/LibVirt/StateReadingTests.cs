using Lnvps.Core.Identity;
using Lnvps.Core.Network;
using Lnvps.Hosting.Hosts;
using Lnvps.Hosting.LibVirt;
using Lnvps.Hosting.LibVirt.Native;

namespace Lnvps.Hosting.Tests.LibVirt;

public sealed class StateReadingTests
{
    static readonly VmId Vm = new(7);

    static MachineState Read(double cpu, params (string, ulong)[] numbers) => StateReading.Read(Vm,
        new DomainStats("VM7", MachineIdentity.UuidOf(Vm), numbers.ToDictionary(n => n.Item1, n => n.Item2),
            new Dictionary<string, string> { ["block.0.path"] = "/pool/vm-7-seed.iso", ["block.1.path"] = "/pool/vm-7-disk0" }),
        cpu);

    [Theory]
    [InlineData(1, MachinePower.Running)]
    [InlineData(2, MachinePower.Running)]
    [InlineData(3, MachinePower.Running)]
    [InlineData(7, MachinePower.Running)]
    [InlineData(4, MachinePower.Stopped)]
    [InlineData(5, MachinePower.Stopped)]
    [InlineData(6, MachinePower.Stopped)]
    [InlineData(0, MachinePower.Stopped)]
    public void States_map_to_power(ulong state, MachinePower power) => Assert.Equal(power, Read(0, ("state.state", state)).Power);

    [Fact]
    public void Counters_are_summed_over_devices() => Assert.Equal(
        new MachineState(MachinePower.Running, 0.5, 0.25, 0, NetIn: 11, NetOut: 22, DiskWrite: 44, DiskRead: 33, HasDisk: true),
        Read(0.5, ("state.state", 1), ("balloon.current", 25), ("balloon.maximum", 100),
            ("net.count", 2), ("net.0.rx.bytes", 10), ("net.1.rx.bytes", 1), ("net.0.tx.bytes", 20), ("net.1.tx.bytes", 2),
            ("block.count", 2), ("block.0.rd.bytes", 30), ("block.1.rd.bytes", 3), ("block.0.wr.bytes", 40), ("block.1.wr.bytes", 4)));

    [Fact]
    public void Memory_is_what_the_guest_reports_when_it_does() => Assert.Equal(0.75,
        Read(0, ("state.state", 1), ("balloon.current", 100), ("balloon.maximum", 100), ("balloon.available", 80), ("balloon.usable", 20)).MemoryUsage);

    [Fact]
    public void A_stopped_machine_uses_nothing()
    {
        var state = Read(0.9, ("state.state", 5), ("balloon.current", 1), ("balloon.maximum", 1), ("net.count", 1), ("net.0.rx.bytes", 10));
        Assert.Equal((0, 0, 0ul), (state.CpuUsage, state.MemoryUsage, state.NetIn));
    }

    [Fact]
    public void A_disk_without_a_size_is_missing()
    {
        Assert.False(Read(0, ("state.state", 5), ("block.count", 2), ("block.0.capacity", 1)).HasDisk);
        Assert.True(Read(0, ("state.state", 5), ("block.count", 2), ("block.1.capacity", 1)).HasDisk);
        Assert.False(Read(0, ("state.state", 5)).HasDisk);
    }

    [Fact]
    public void Cpu_use_is_the_share_of_the_cores_between_two_looks()
    {
        var time = new ManualTime();
        var meter = new CpuMeter(time);
        Assert.Equal(0, meter.Look(Vm, 5_000_000_000, 2));
        time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(0.25, meter.Look(Vm, 10_000_000_000, 2), 6);
        time.Advance(TimeSpan.FromSeconds(0.5));
        Assert.Equal(0.25, meter.Look(Vm, 10_900_000_000, 2), 6); // Too soon: the last figure.
        time.Advance(TimeSpan.FromSeconds(9.5));
        Assert.Equal(1, meter.Look(Vm, 90_000_000_000, 2)); // More than possible is all.
        time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(0, meter.Look(Vm, 1, 2)); // Restarted.
    }

    [Fact]
    public void Machines_that_are_gone_are_forgotten()
    {
        var time = new ManualTime();
        var meter = new CpuMeter(time);
        meter.Look(Vm, 0, 1);
        meter.Keep(new Dictionary<VmId, MachineState>());
        time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(0, meter.Look(Vm, 10_000_000_000, 1));
    }

    sealed class ManualTime : TimeProvider
    {
        long _now;
        public override long TimestampFrequency => TimeSpan.TicksPerSecond;
        public override long GetTimestamp() => _now;
        public void Advance(TimeSpan span) => _now += span.Ticks;
    }
}
