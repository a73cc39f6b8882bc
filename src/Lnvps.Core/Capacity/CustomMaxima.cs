using Lnvps.Core.Pricing;
using Lnvps.Core.Sizes;

namespace Lnvps.Core.Capacity;

/// <summary>What of a custom pricing is published: its limits, cut to what one single host can give (provisioning.md section 4.5).</summary>
/// <param name="Disks">Options that remain, in the order of the pricing; at least one.</param>
public sealed record CustomMaxima(CustomLimits Limits, IReadOnlyList<CustomDiskPrice> Disks)
{
    /// <summary>Null when nothing of the pricing can be served: it is not shown.</summary>
    public static CustomMaxima? Cut(CustomPricing pricing, RegionCapacity region)
    {
        if (region.FreeIpv4 == 0)
            return null;
        var limits = pricing.Limits;
        var hosts = region.Hosts
            .Where(host => host.AvailableCpu >= Math.Max(limits.MinCpu, (ushort)1) && host.AvailableMemory.Value >= Math.Max(limits.MinMemory.Value, 1))
            .ToList();
        var disks = pricing.Disks
            .Select(option => option with { Max = Least(option.Max, Greatest(hosts, option)) })
            .Where(option => option.Max.Value > 0 && option.Max.Value >= option.Min.Value)
            .ToList();
        var serving = hosts.Where(host => disks.Exists(option => Serves(host, option))).ToList();
        if (serving.Count == 0)
            return null;
        var cut = limits with
        {
            MaxCpu = (ushort)Math.Min(limits.MaxCpu, serving.Max(host => host.AvailableCpu)),
            MaxMemory = Least(limits.MaxMemory, new Bytes(serving.Max(host => host.AvailableMemory.Value))),
        };
        var isEmpty = cut.MaxCpu == 0 || cut.MaxCpu < cut.MinCpu || cut.MaxMemory.Value == 0 || cut.MaxMemory.Value < cut.MinMemory.Value;
        return isEmpty ? null : new CustomMaxima(cut, disks);
    }

    static Bytes Greatest(List<HostCapacity> hosts, CustomDiskPrice option) => new(hosts
        .SelectMany(host => host.Disks)
        .Where(disk => disk.Matches(option.Kind, option.Interface))
        .Select(disk => disk.Available.Value)
        .DefaultIfEmpty(0UL)
        .Max());

    static bool Serves(HostCapacity host, CustomDiskPrice option) => host.Disks.Any(disk =>
        disk.Matches(option.Kind, option.Interface) && disk.Available.Value >= Math.Max(option.Min.Value, 1));

    static Bytes Least(Bytes a, Bytes b) => a.Value <= b.Value ? a : b;
}
