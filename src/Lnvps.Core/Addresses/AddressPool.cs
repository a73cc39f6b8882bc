using Lnvps.Core.Catalogue;
using Lnvps.Core.Randomness;

namespace Lnvps.Core.Addresses;

/// <summary>
/// Free addresses of one range as a sorted list of those that are taken. The k-th free address is found by binary search, so that picking the lowest and
/// picking uniformly at random both take O(log n) steps and always end (provisioning.md section 5.5). Taking and releasing move part of a list: some
/// microseconds at 60,000 entries. One thread at a time. Not for SLAAC, where the MAC decides.
/// </summary>
public sealed class AddressPool
{
    /// <summary>Offsets from the first address, ascending, distinct; used and reserved ones alike.</summary>
    readonly List<UInt128> _taken;

    readonly UInt128 _lastOffset;

    /// <param name="used">Live assignments in any order, doubles allowed; those outside of the range are ignored. Ascending input costs no sorting.</param>
    /// <exception cref="ArgumentException">The range is in SLAAC mode.</exception>
    public AddressPool(AddressRange range, IEnumerable<IpAddress> used)
    {
        if (range.Mode == IpAllocationMode.SlaacEui64)
            throw new ArgumentException("A SLAAC range has no pool", nameof(range));
        Range = range;
        _lastOffset = range.Cidr.Last.Bits - range.Cidr.First.Bits;
        _taken = Offsets(range, used);
        foreach (var reserved in range.Reserved)
            Insert(reserved.Bits - range.Cidr.First.Bits);
    }

    public AddressRange Range { get; }

    /// <summary>How many addresses are left.</summary>
    public UInt128 Free => _taken.Count == 0 ? _lastOffset + 1 : _lastOffset - (UInt128)(_taken.Count - 1);

    /// <summary>The next address by the mode of the range; null when the range is full. It is not taken yet.</summary>
    public IpAddress? Pick(IRandomSource random) => Range.Mode == IpAllocationMode.Sequential ? Lowest() : Any(random);

    /// <summary>The lowest free address; null when the range is full.</summary>
    public IpAddress? Lowest() => Free == 0 ? null : FreeAt(0);

    /// <summary>A free address, each equally likely; null when the range is full.</summary>
    public IpAddress? Any(IRandomSource random) => Free == 0 ? null : FreeAt(random.Below(Free));

    /// <summary>Marks an address as used; false when it is reserved, taken already or outside of the range.</summary>
    public bool Take(IpAddress address) => Range.Cidr.Contains(address) && Insert(address.Bits - Range.Cidr.First.Bits);

    /// <summary>Gives an address back; false when it was not taken or is reserved.</summary>
    public bool Release(IpAddress address)
    {
        if (!Range.IsUsable(address))
            return false;
        var at = _taken.BinarySearch(address.Bits - Range.Cidr.First.Bits);
        if (at >= 0)
            _taken.RemoveAt(at);
        return at >= 0;
    }

    /// <summary>The free address with <paramref name="rank"/> free ones below it.</summary>
    IpAddress FreeAt(UInt128 rank)
    {
        // taken[i] − i is the number of free addresses below taken[i]; it never falls with i.
        var (low, high) = (0, _taken.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_taken[middle] - (UInt128)middle <= rank)
                low = middle + 1;
            else
                high = middle;
        }
        return IpAddress.Of(Range.Cidr.Family, Range.Cidr.First.Bits + rank + (UInt128)low);
    }

    bool Insert(UInt128 offset)
    {
        var at = _taken.BinarySearch(offset);
        if (at < 0)
            _taken.Insert(~at, offset);
        return at < 0;
    }

    static List<UInt128> Offsets(AddressRange range, IEnumerable<IpAddress> used)
    {
        var offsets = new List<UInt128>();
        var isAscending = true;
        foreach (var address in used)
        {
            if (!range.Cidr.Contains(address))
                continue;
            var offset = address.Bits - range.Cidr.First.Bits;
            isAscending &= offsets.Count == 0 || offsets[^1] < offset;
            offsets.Add(offset);
        }
        if (isAscending)
            return offsets;
        offsets.Sort();
        return [.. offsets.Distinct()];
    }
}

/// <summary>Stored assignment texts.</summary>
public static class StoredAddresses
{
    /// <summary>
    /// Reads every text that is an address; the others go to <paramref name="unreadable"/> one by one, for the log, and hide nothing that follows them
    /// (provisioning.md section 5.4).
    /// </summary>
    public static List<IpAddress> Read(IEnumerable<string> texts, ICollection<string> unreadable)
    {
        var addresses = new List<IpAddress>();
        foreach (var text in texts)
        {
            if (IpAddress.TryParse(text, out var address))
                addresses.Add(address);
            else
                unreadable.Add(text);
        }
        return addresses;
    }
}
