using Lnvps.Core.Catalogue;
using Lnvps.Core.Outcomes;

namespace Lnvps.Core.Addresses;

/// <summary>A range of guest addresses and the rules it is used under (table <c>ip_range</c>, provisioning.md section 5).</summary>
public sealed class AddressRange
{
    readonly IpAddress[] _reserved;

    AddressRange(IpPrefix cidr, Gateway gateway, IpAllocationMode mode, bool useFullRange)
    {
        (Cidr, Gateway, Mode, UseFullRange) = (cidr, gateway, mode, useFullRange);
        _reserved = [.. NeverHandedOut().Where(cidr.Contains).Distinct().Order()];
    }

    public IpPrefix Cidr { get; }

    public Gateway Gateway { get; }

    public IpAllocationMode Mode { get; }

    /// <summary>IPv4 only: the first and the last address are handed out too.</summary>
    public bool UseFullRange { get; }

    /// <summary>
    /// Reads the columns. 500 with a text for the log when CIDR or gateway do not parse, are of two families, or the mode does not suit the block (SLAAC
    /// needs IPv6 and at most /64); such a range is skipped.
    /// </summary>
    public static Result<AddressRange> Read(string cidr, string gateway, IpAllocationMode mode, bool useFullRange)
    {
        if (!IpPrefix.TryParse(cidr, out var block))
            return Refusal.Failed($"'{cidr}' is not a CIDR block");
        if (!Gateway.TryParse(gateway, out var router))
            return Refusal.Failed($"'{gateway}' is not a gateway");
        if (router.Address.Family != block.Family)
            return Refusal.Failed($"Gateway {router} and range {block} are of different families");
        if (!Enum.IsDefined(mode))
            return Refusal.Failed($"Unknown allocation mode {(ushort)mode}");
        if (mode == IpAllocationMode.SlaacEui64 && Slaac.Check(block) is { } unsuited)
            return unsuited;
        return new AddressRange(block, router, mode, useFullRange);
    }

    /// <summary>
    /// Prefix length given to the guest: the smaller of the CIDR's and the gateway's (provisioning.md section 5.3), so that a gateway outside of the CIDR
    /// but written with its network can be reached.
    /// </summary>
    public int GuestPrefixLength => Math.Min(Cidr.Length, Gateway.PrefixLength);

    /// <summary>Even the widened network does not contain the gateway: the guest needs an on-link route to it.</summary>
    public bool NeedsOnLinkRoute => !new IpPrefix(Cidr.First, GuestPrefixLength).Contains(Gateway.Address);

    /// <summary>Addresses inside that are never handed out, ascending (provisioning.md section 5.4).</summary>
    public IReadOnlyList<IpAddress> Reserved => _reserved;

    /// <summary>Inside and not reserved: what may be assigned, by hand too.</summary>
    public bool IsUsable(IpAddress address) => Cidr.Contains(address) && !_reserved.AsSpan().Contains(address);

    /// <summary>
    /// 2^(32−p) − |reserved ∪ used| (provisioning.md section 5.7), from counts that one query gives.
    /// </summary>
    /// <param name="used">Distinct live addresses inside the CIDR.</param>
    /// <param name="usedReserved">How many of those are reserved ones.</param>
    public UInt128 CountFree(ulong used, ulong usedReserved)
    {
        var taken = used + ((ulong)_reserved.Length - usedReserved);
        var beyondFirst = Cidr.Last.Bits - Cidr.First.Bits;
        return taken > beyondFirst ? 0 : taken == 0 ? beyondFirst + 1 : beyondFirst - (taken - 1);
    }

    IEnumerable<IpAddress> NeverHandedOut()
    {
        yield return Gateway.Address;
        if (Cidr.Family == IpFamily.V6 ? Mode != IpAllocationMode.SlaacEui64 : !UseFullRange)
            yield return Cidr.First;
        if (Cidr.Family == IpFamily.V4 && !UseFullRange)
            yield return Cidr.Last;
    }
}
