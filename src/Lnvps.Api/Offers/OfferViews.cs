using System.Text.Json.Serialization;
using Lnvps.Api.Http;
using Lnvps.Api.Http.Contracts;
using Lnvps.Core.Catalogue;
using Lnvps.Core.Money;
using Lnvps.Core.Time;

namespace Lnvps.Api.Offers;

/// <summary>An amount in the smallest unit of its currency.</summary>
/// <param name="Amount">Millisatoshi for BTC, hundredths for every other currency.</param>
sealed record PriceView([property: Words(typeof(Currency))] string Currency, ulong Amount)
{
    public static PriceView Of(Money money) => new(money.Currency.Code(), money.Amount);
}

sealed record RegionView(uint Id, string Name);

/// <summary>Price and interval; for a custom VM those of its pricing, one month.</summary>
/// <param name="Amount">Net, for one interval.</param>
/// <param name="OtherPrice">The same in other currencies, in the list of offers only.</param>
sealed record CostPlanView(
    uint Id,
    string Name,
    [property: Words(typeof(Currency))] string Currency,
    ulong Amount,
    List<PriceView> OtherPrice,
    uint IntervalAmount,
    [property: Words(typeof(IntervalKind))] string IntervalType);

/// <summary>A size with its price. For a VM of a self-chosen size it is called Custom.</summary>
/// <param name="Cpu">Cores.</param>
/// <param name="Memory">Bytes.</param>
/// <param name="DiskSize">Bytes.</param>
/// <param name="Expires">Not for sale any more from then on; absent when that is open.</param>
sealed record TemplateView(
    uint Id,
    string Name,
    Instant Created,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Instant? Expires,
    ushort Cpu,
    ulong Memory,
    ulong DiskSize,
    [property: Words(typeof(DiskKind))] string DiskType,
    [property: Words(typeof(DiskInterface))] string DiskInterface,
    CostPlanView CostPlan,
    RegionView Region);

sealed record CustomDiskView(ulong MinDisk, ulong MaxDisk, [property: Words(typeof(DiskKind))] string DiskType, [property: Words(typeof(DiskInterface))] string DiskInterface);

/// <summary>Limits of self-chosen sizes in a region: what one host can give now. Memory in bytes.</summary>
/// <param name="Id">The pricing, as orders name it.</param>
sealed record CustomTemplateView(
    uint Id,
    string Name,
    RegionView Region,
    ushort MaxCpu,
    ushort MinCpu,
    ulong MinMemory,
    ulong MaxMemory,
    List<CustomDiskView> Disks);

/// <summary>Answer of GET vm/templates; <see cref="CustomTemplate"/> is left out when no region sells custom sizes.</summary>
sealed record OffersView(
    List<TemplateView> Templates,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] List<CustomTemplateView>? CustomTemplate);

/// <summary>A self-chosen size; all fields are required.</summary>
/// <param name="Memory">Bytes.</param>
/// <param name="Disk">Bytes.</param>
sealed record CustomVmSpec(
    ulong PricingId, ushort Cpu, ulong Memory, ulong Disk, [property: Words(typeof(DiskKind))] string DiskType, [property: Words(typeof(DiskInterface))] string DiskInterface);

/// <summary>Order of a standard offer.</summary>
sealed record StandardOrder(ulong TemplateId, ulong ImageId, ulong SshKeyId)
{
    public string? RefCode { get; init; }
}

/// <summary>Order of a self-chosen size.</summary>
/// <param name="Memory">Bytes.</param>
/// <param name="Disk">Bytes.</param>
sealed record CustomOrder(
    ulong PricingId, ushort Cpu, ulong Memory, ulong Disk, [property: Words(typeof(DiskKind))] string DiskType, [property: Words(typeof(DiskInterface))] string DiskInterface, ulong ImageId, ulong SshKeyId)
{
    public string? RefCode { get; init; }
}
