using Lnvps.Core.Identity;
using Lnvps.Core.Time;
using Lnvps.Hosting.Hosts;
using Lnvps.Platform.Vms;
using Microsoft.Extensions.Time.Testing;

namespace Lnvps.Platform.Tests.Vms;

/// <summary>The usage of the last hour that the state cache keeps.</summary>
public sealed class UsageTests
{
    static readonly VmId Vm = new(1);

    readonly FakeTimeProvider _time = new(DateTimeOffset.FromUnixTimeSeconds(1_771_495_200));
    readonly StateCache _cache;

    public UsageTests() => _cache = new StateCache(_time);

    [Fact]
    public async Task It_holds_a_sample_a_minute_for_an_hour()
    {
        for (var i = 0; i < 240; i++)
        {
            See((ulong)i * 600);
            _time.Advance(TimeSpan.FromSeconds(30));
        }

        var usage = await _cache.Usage(Vm);

        Assert.InRange(usage.Count, 59, 61);
        Assert.Equal(usage.OrderBy(point => point.At), usage);
        Assert.All(usage.Zip(usage.Skip(1)), pair => Assert.Equal(60, pair.Second.At - pair.First.At));
        Assert.All(usage.Skip(1), point => Assert.Equal(20, point.NetIn));
    }

    [Fact]
    public async Task It_lapses_and_goes_with_the_machine()
    {
        See(0);
        Assert.Single(await _cache.Usage(Vm));
        _time.Advance(TimeSpan.FromMinutes(61));
        Assert.Empty(await _cache.Usage(Vm));
        Assert.Null(_cache.Find(Vm));
        See(0);
        _cache.Remove(Vm);
        Assert.Empty(await _cache.Usage(Vm));
    }

    void See(ulong netIn) => _cache.Put(Vm, new ObservedState(new Instant(0), new MachineState(MachinePower.Running, 0.1, 0.5, 1, netIn, 0, 0, 0, HasDisk: true)));
}
