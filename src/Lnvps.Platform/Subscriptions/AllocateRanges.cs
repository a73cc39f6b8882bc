using Lnvps.Core.Addresses;
using Lnvps.Core.Identity;
using Lnvps.Core.Subscriptions;
using Lnvps.Core.Time;
using Lnvps.Database.Sessions;
using Lnvps.Database.Subscriptions;

namespace Lnvps.Platform.Subscriptions;

/// <summary>
/// Gives the lines of a paid subscription their pieces of address blocks (billing.md section 19). Runs in the transaction of the payment, or later when a block was full;
/// may be repeated. A line that had a piece gets the same one again while it is free.
/// </summary>
static class AllocateRanges
{
    /// <summary>Every line that has no piece gets one; returns the lines for which none is free or whose configuration cannot be read.</summary>
    public static async Task<IReadOnlyList<LineItemRow>> For(Session session, SubscriptionId subscription, Instant now, CancellationToken stop)
    {
        var without = new List<LineItemRow>();
        var wanted = (await session.ListLineItems([subscription], stop))
            .Where(line => line.SubscriptionType == LineKind.IpRange)
            .Select(line => (Line: line, Wish: RangeConfiguration.Read(line.Configuration)))
            .ToList();
        without.AddRange(wanted.Where(line => line.Wish is null).Select(line => line.Line));
        // Blocks are locked in the order of their ids, so that two payments never wait for each other.
        foreach (var block in wanted.Where(line => line.Wish is not null).GroupBy(line => line.Wish!.Space).OrderBy(block => block.Key.Value))
        {
            var space = await session.LockIpSpace(block.Key, stop);
            foreach (var (line, wish) in block)
            {
                if (space is null || !await Allocate(session, space, line.Id, wish!.PrefixLength, now, stop))
                    without.Add(line);
            }
        }
        return without;
    }

    static async Task<bool> Allocate(Session session, IpSpaceRow space, LineItemId line, int length, Instant now, CancellationToken stop)
    {
        var rows = await session.LockAllocations(space.Id, stop);
        if (rows.Exists(row => row.SubscriptionLineItemId == line && row.IsActive))
            return true;
        if (!IpPrefix.TryParse(space.Cidr, out var cidr))
            return false;
        var pieces = rows.Select(row => (Row: row, Piece: IpPrefix.TryParse(row.Cidr, out var piece) ? piece : (IpPrefix?)null)).Where(row => row.Piece is not null).ToList();
        var active = pieces.Where(piece => piece.Row.IsActive).Select(piece => piece.Piece!.Value).ToList();
        var earlier = pieces.Where(piece => !piece.Row.IsActive && piece.Row.SubscriptionLineItemId == line && piece.Piece!.Value.Length == length)
            .OrderByDescending(piece => piece.Row.EndedAt).ThenByDescending(piece => piece.Row.Id.Value)
            .FirstOrDefault(piece => SpaceAllocation.IsFree(piece.Piece!.Value, active));
        if (earlier.Row is not null)
        {
            await session.ReactivateAllocation(earlier.Row.Id, stop);
            return true;
        }
        if (!SpaceAllocation.IsSold(cidr, length, space.MaxPrefixSize, space.MinPrefixSize)
            || SpaceAllocation.Choose(cidr, length, active, pieces.Where(piece => !piece.Row.IsActive).Select(piece => piece.Piece!.Value)) is not { } chosen)
            return false;
        // A piece has one row at most: the ended one makes way.
        foreach (var ended in pieces.Where(piece => !piece.Row.IsActive && piece.Piece == chosen))
            await session.RemoveAllocation(ended.Row.Id, stop);
        await session.InsertAllocation(line, space.Id, chosen.ToString(), now, stop);
        return true;
    }
}
