using FsCheck;
using FsCheck.Fluent;
using Lnvps.Core.Catalogue;
using Lnvps.Core.Payments;
using Lnvps.Core.Sizes;
using static Lnvps.Core.Tests.Samples.Some;

namespace Lnvps.Core.Tests.Payments;

/// <summary>data-model.md section 6.1.</summary>
public class UpgradeParamsTests
{
    [Fact]
    public void Is_written_as_clients_read_it()
    {
        Assert.Equal("""{"new_cpu":4,"new_memory":null,"new_disk":null}""", new UpgradeWish(4, Memory: null, Disk: null).ToJson());
        Assert.Equal("""{"new_cpu":null,"new_memory":4294967296,"new_disk":85899345920}""", new UpgradeWish(Cpu: null, Bytes.FromGib(4), Bytes.FromGib(80)).ToJson());
    }

    [Fact]
    public void Reads_what_it_wrote() =>
        Prop.ForAll(Gen.Choose(0, 65_535).ToArbitrary(), Longs(0, long.MaxValue / 4).Two().ToArbitrary(), (cpu, sizes) =>
        {
            var wish = new UpgradeWish(cpu == 0 ? null : (ushort)cpu, sizes.Item1 % 3 == 0 ? null : new Bytes((ulong)sizes.Item1), new Bytes((ulong)sizes.Item2));
            return UpgradeParams.TryParse(wish.ToJson(), out var read) && read == wish;
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"new_cpu":null}""")]
    [InlineData("""{"new_cpu":-1}""")]
    [InlineData("""{"new_cpu":65536}""")]
    [InlineData("""{"new_cpu":"4"}""")]
    [InlineData("""{"new_memory":1.5}""")]
    [InlineData("""{"new_disk":18446744073709551616}""")]
    [InlineData("{\"new_cpu\":4")]
    public void Refuses_what_asks_for_nothing_or_is_broken(string? json) => Assert.False(UpgradeParams.TryParse(json, out _));

    [Fact]
    public void What_is_paid_never_shrinks_a_machine()
    {
        var present = new VmSpec(2, Bytes.FromGib(4), Bytes.FromGib(80), DiskKind.Ssd, DiskInterface.Pcie);
        Assert.Equal(present with { Cpu = 4 }, new UpgradeWish(4, Bytes.FromGib(1), Disk: null).Raise(present));
        Assert.Equal(present, new UpgradeWish(1, Memory: null, Bytes.FromGib(80)).Raise(present));
        Assert.Equal(present with { Memory = Bytes.FromGib(5), Disk = Bytes.FromGib(81) }, new UpgradeWish(Cpu: null, Bytes.FromGib(5), Bytes.FromGib(81)).Raise(present));
    }
}
