using Lnvps.Hosting.LibVirt;

namespace Lnvps.Hosting.Tests.LibVirt;

[Trait("Speed", "slow")]
public sealed class KvmProbeTests
{
    [Fact]
    public async Task A_guest_that_runs_is_seen() =>
        Assert.True(await KvmProbe.Boots("tcg", TimeSpan.FromSeconds(60), TimeProvider.System, default));

    [Fact]
    public async Task A_guest_that_does_not_greet_in_time_counts_as_no() =>
        Assert.False(await KvmProbe.Boots("tcg", TimeSpan.FromMilliseconds(1), TimeProvider.System, default));

    [Fact]
    public async Task An_unusable_accelerator_counts_as_no() =>
        Assert.False(await KvmProbe.Boots("hax", TimeSpan.FromSeconds(60), TimeProvider.System, default));
}
