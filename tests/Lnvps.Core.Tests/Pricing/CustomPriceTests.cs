using FsCheck;
using FsCheck.Fluent;
using Lnvps.Core.Catalogue;
using Lnvps.Core.Pricing;
using Lnvps.Core.Sizes;

namespace Lnvps.Core.Tests.Pricing;

using Lnvps.Core.Money;
using static Lnvps.Core.Tests.Samples.Some;

/// <summary>billing.md sections 5.2 and 24.3.</summary>
public class CustomPriceTests
{
    static readonly CustomPricing Pricing = new(
        Currency.EUR, CpuCost: 150, MemoryCost: 50, Ip4Cost: 50, Ip6Cost: 5,
        new CustomLimits(1, 32, Bytes.FromGib(1), Bytes.FromGib(64)),
        [
            new CustomDiskPrice(DiskKind.Ssd, DiskInterface.Pcie, 5, Bytes.FromGib(5), Bytes.FromGib(2048)),
            new CustomDiskPrice(DiskKind.Hdd, DiskInterface.Sata, 1, Bytes.FromGib(5), Bytes.FromGib(2048)),
        ]);

    static VmSpec Spec(ushort cpu, ulong memory, ulong disk, DiskInterface port = DiskInterface.Pcie) =>
        new(cpu, new Bytes(memory), new Bytes(disk), DiskKind.Ssd, port);

    [Theory]
    [InlineData(2, 2 * Bytes.Gib, 80 * Bytes.Gib, 0, 0, 855)] // P1
    [InlineData(1, Bytes.Gib / 2, 11 * Bytes.Gib / 2, 0, 0, 285)] // P2
    [InlineData(4, 8 * Bytes.Gib, 160 * Bytes.Gib, 2, 1, 1_905)] // P3
    [InlineData(1, Bytes.Gib, 5 * Bytes.Gib, 0, 0, 280)] // P4
    [InlineData(1, Bytes.Gib + 1, 5 * Bytes.Gib, 1, 1, 330)]
    public void Price_per_month(ushort cpu, ulong memory, ulong disk, uint ip4, uint ip6, ulong cents) =>
        Assert.Equal(Eur(cents), CustomPrice.PerMonth(Pricing, Spec(cpu, memory, disk), ip4, ip6).Value);

    [Fact]
    public void The_disk_price_must_match_kind_and_interface() =>
        Assert.Equal("No disk price found", CustomPrice.PerMonth(Pricing, Spec(1, Bytes.Gib, Bytes.Gib, DiskInterface.Sata), 0, 0).Refusal!.Message);

    [Fact]
    public void Sizes_outside_of_the_limits_are_still_priced() =>
        Assert.True(CustomPrice.PerMonth(Pricing, Spec(64, Bytes.Gib / 4, Bytes.Gib), 0, 0).IsOk);

    [Fact]
    public void An_absurd_price_is_refused_not_overflown() =>
        Assert.False(CustomPrice.PerMonth(Pricing with { CpuCost = ulong.MaxValue }, Spec(2, Bytes.Gib, Bytes.Gib), 0, 0).IsOk);

    [Theory]
    [InlineData(1, Bytes.Gib, 5 * Bytes.Gib, null)]
    [InlineData(32, 64 * Bytes.Gib, 2048 * Bytes.Gib, null)]
    [InlineData(0, Bytes.Gib, 5 * Bytes.Gib, "cpu must be between 1 and 32 cores")]
    [InlineData(33, Bytes.Gib, 5 * Bytes.Gib, "cpu must be between 1 and 32 cores")]
    [InlineData(1, Bytes.Gib - 1, 5 * Bytes.Gib, "memory must be between 1073741824 and 68719476736 bytes")]
    [InlineData(1, 64 * Bytes.Gib + 1, 5 * Bytes.Gib, "memory must be between 1073741824 and 68719476736 bytes")]
    [InlineData(1, Bytes.Gib, 5 * Bytes.Gib - 1, "disk must be between 5368709120 and 2199023255552 bytes")]
    [InlineData(1, Bytes.Gib, 2048 * Bytes.Gib + 1, "disk must be between 5368709120 and 2199023255552 bytes")]
    public void Limits_include_both_ends(ushort cpu, ulong memory, ulong disk, string? refusal) =>
        Assert.Equal(refusal, CustomPrice.CheckLimits(Pricing, Spec(cpu, memory, disk))?.Message);

    [Fact]
    public void A_bigger_machine_never_costs_less() =>
        Prop.ForAll(Gen.Choose(1, 60).Four().ToArbitrary(), numbers =>
        {
            var (cpu, memory, disk, more) = ((ushort)numbers.Item1, (ulong)numbers.Item2 * 333_333_333, (ulong)numbers.Item3 * 777_777_777, (ulong)numbers.Item4 * 99_999_999);
            var price = Price(Spec(cpu, memory, disk));
            return Price(Spec((ushort)(cpu + 1), memory, disk)) > price
                && Price(Spec(cpu, memory + more, disk)) >= price
                && Price(Spec(cpu, memory, disk + more)) >= price;

            static ulong Price(VmSpec spec) => CustomPrice.PerMonth(Pricing, spec, 1, 1).Value.Amount;
        }).QuickCheckThrowOnFailure();
}
