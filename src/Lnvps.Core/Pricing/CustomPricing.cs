using System.Numerics;
using Lnvps.Core.Catalogue;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Sizes;

namespace Lnvps.Core.Pricing;

using Lnvps.Core.Money;

/// <summary>Unit prices and limits for self-chosen sizes (table <c>vm_custom_pricing</c>); all costs are per month in <see cref="Currency"/>.</summary>
/// <param name="MemoryCost">Per GiB.</param>
/// <param name="Ip4Cost">Per IPv4 address.</param>
/// <param name="Disks">At most one entry per kind and interface.</param>
public sealed record CustomPricing(
    Currency Currency,
    ulong CpuCost,
    ulong MemoryCost,
    ulong Ip4Cost,
    ulong Ip6Cost,
    CustomLimits Limits,
    IReadOnlyList<CustomDiskPrice> Disks);

/// <summary>Allowed sizes; both ends included.</summary>
public readonly record struct CustomLimits(ushort MinCpu, ushort MaxCpu, Bytes MinMemory, Bytes MaxMemory);

/// <summary>Price per GiB and allowed size of one disk kind and interface (table <c>vm_custom_pricing_disk</c>).</summary>
public sealed record CustomDiskPrice(DiskKind Kind, DiskInterface Interface, ulong Cost, Bytes Min, Bytes Max);

/// <summary>Price of a custom size (billing.md section 5.2).</summary>
public static class CustomPrice
{
    /// <summary>
    /// Net price per month. GiB round up; at least one address of each family is charged. The limits are not asked, so that an old VM outside of them
    /// stays renewable. 400 "No disk price found" without a row of that kind and interface.
    /// </summary>
    public static Result<Money> PerMonth(CustomPricing pricing, VmSpec spec, uint ip4Count, uint ip6Count)
    {
        if (DiskOf(pricing, spec) is not { } disk)
            return NoDiskPrice;
        var sum = (BigInteger)pricing.CpuCost * spec.Cpu
            + (BigInteger)pricing.MemoryCost * spec.Memory.GibRoundedUp
            + (BigInteger)disk.Cost * spec.Disk.GibRoundedUp
            + (BigInteger)pricing.Ip4Cost * Math.Max(1, ip4Count)
            + (BigInteger)pricing.Ip6Cost * Math.Max(1, ip6Count);
        return sum <= ulong.MaxValue ? new Money((ulong)sum, pricing.Currency) : Conversion.TooLarge;
    }

    /// <summary>
    /// Whether the size may be ordered, quoted or upgraded to: null, or a 400 that names the resource and the allowed range.
    /// </summary>
    public static Refusal? CheckLimits(CustomPricing pricing, VmSpec spec)
    {
        var limits = pricing.Limits;
        if (spec.Cpu < limits.MinCpu || spec.Cpu > limits.MaxCpu)
            return Refusal.Because(ErrorCode.SizeOutOfRange, $"cpu must be between {limits.MinCpu} and {limits.MaxCpu} cores");
        if (IsOutside(spec.Memory, limits.MinMemory, limits.MaxMemory))
            return Refusal.Because(ErrorCode.SizeOutOfRange, $"memory must be between {limits.MinMemory.Value} and {limits.MaxMemory.Value} bytes");
        if (DiskOf(pricing, spec) is not { } disk)
            return NoDiskPrice;
        return IsOutside(spec.Disk, disk.Min, disk.Max)
            ? Refusal.Because(ErrorCode.SizeOutOfRange, $"disk must be between {disk.Min.Value} and {disk.Max.Value} bytes")
            : null;
    }

    static Refusal NoDiskPrice => Refusal.Because(ErrorCode.SizeOutOfRange, "No disk price found");

    static CustomDiskPrice? DiskOf(CustomPricing pricing, VmSpec spec) =>
        pricing.Disks.FirstOrDefault(disk => disk.Kind == spec.DiskKind && disk.Interface == spec.DiskInterface);

    static bool IsOutside(Bytes size, Bytes min, Bytes max) => size.Value < min.Value || size.Value > max.Value;
}
