using Lnvps.Core.Addresses;

namespace Lnvps.Core.Subscriptions;

/// <summary>Which piece of an address block a customer gets (billing.md section 19).</summary>
public static class SpaceAllocation
{
    /// <summary>
    /// The lowest aligned piece of the wanted size that overlaps no active one and never had a row; when there is none, the lowest whose row has ended; null when all is
    /// taken. Goes from one taken piece to the next, so the cost follows their number, not the number of addresses.
    /// </summary>
    /// <param name="space">The block that is sold.</param>
    /// <param name="length">Prefix length of the piece; not shorter than the block's own.</param>
    /// <param name="active">Pieces in use, of any customer and any size.</param>
    /// <param name="ended">Pieces whose rows have ended.</param>
    public static IpPrefix? Choose(IpPrefix space, int length, IEnumerable<IpPrefix> active, IEnumerable<IpPrefix> ended)
    {
        if (length < space.Length || length > space.First.Width)
            return null;
        var taken = active.Where(piece => piece.Family == space.Family).OrderBy(piece => piece.First).ThenBy(piece => piece.Length).ToList();
        var used = ended.Where(piece => piece.Length == length).ToHashSet();
        IpPrefix? second = null;
        var next = 0;
        for (IpPrefix? at = new IpPrefix(space.First, length); at is { } piece;)
        {
            // What ends before this piece begins lies behind.
            while (next < taken.Count && taken[next].Last.CompareTo(piece.First) < 0)
                next++;
            if (next < taken.Count && taken[next].Overlaps(piece))
            {
                at = After(Later(taken[next].Last, piece.Last), space, length);
                continue;
            }
            if (!used.Contains(piece))
                return piece;
            second ??= piece;
            at = After(piece.Last, space, length);
        }
        return second;
    }

    /// <summary>Whether this piece may be given back to whom it belonged.</summary>
    public static bool IsFree(IpPrefix piece, IEnumerable<IpPrefix> active) => !active.Any(piece.Overlaps);

    /// <summary>Whether a size is sold from a block.</summary>
    /// <param name="largest">Column <c>max_prefix_size</c>: the shortest prefix.</param>
    /// <param name="smallest">Column <c>min_prefix_size</c>: the longest prefix.</param>
    public static bool IsSold(IpPrefix space, int length, int largest, int smallest) => length >= largest && length <= smallest && length >= space.Length;

    /// <summary>The piece behind an address that ends one of this or a larger size; null when it lies outside of the block.</summary>
    static IpPrefix? After(IpAddress last, IpPrefix space, int length) =>
        last.CompareTo(space.Last) >= 0 ? null : new IpPrefix(IpAddress.Of(last.Family, last.Bits + 1), length);

    static IpAddress Later(IpAddress a, IpAddress b) => a.CompareTo(b) >= 0 ? a : b;
}
