using Lnvps.Core.Addresses;
using Lnvps.Database.Sessions;

namespace Lnvps.Testing.Invariants;

/// <summary>28 and 29: address blocks that are sold by the piece.</summary>
static class IpSpaceInvariants
{
    public static async Task<IReadOnlyList<string>> Check(Session session, CancellationToken stop)
    {
        var broken = new List<string>();
        var blocks = await session.List<BlockRow>("SELECT id, cidr, min_prefix_size, max_prefix_size FROM available_ip_space", null, stop);
        var prices = (await session.List<PriceRow>("SELECT available_ip_space_id, prefix_size FROM ip_space_pricing", null, stop)).ToLookup(row => row.AvailableIpSpaceId);
        var pieces = await session.List<PieceRow>("SELECT available_ip_space_id, cidr, is_active, ended_at IS NOT NULL AS ended FROM ip_range_subscription", null, stop);
        broken.AddRange(pieces.Where(row => row.IsActive == row.Ended).Select(row => $"28 active or ended: {row.Cidr}"));
        var active = pieces.Where(row => row.IsActive).ToLookup(row => row.AvailableIpSpaceId);
        foreach (var block in blocks)
        {
            if (!IpPrefix.TryParse(block.Cidr, out var space))
            {
                broken.Add($"29 a block can be read: {block.Cidr}");
                continue;
            }
            var announced = space.Family == IpFamily.V4 ? 24 : 48;
            if (space.Length > block.MaxPrefixSize || block.MaxPrefixSize > announced || block.MaxPrefixSize > block.MinPrefixSize || block.MinPrefixSize > space.First.Width)
                broken.Add($"29 sizes of a block: {block.Cidr} from /{block.MaxPrefixSize} to /{block.MinPrefixSize}");
            broken.AddRange(prices[block.Id].Where(price => price.PrefixSize < block.MaxPrefixSize || price.PrefixSize > block.MinPrefixSize)
                .Select(price => $"29 prices of sizes that are sold: /{price.PrefixSize} of {block.Cidr}"));
            var sold = new List<IpPrefix>();
            foreach (var row in active[block.Id])
            {
                // As text, because reading clears what lies outside of the prefix.
                if (!IpPrefix.TryParse(row.Cidr, out var piece) || piece.ToString() != row.Cidr || piece.Length < space.Length || !space.Contains(piece.First))
                    broken.Add($"28 aligned and inside its block: {row.Cidr} of {block.Cidr}");
                else
                    sold.Add(piece);
            }
            broken.AddRange(sold.Overlaps().Select(pair => $"28 sold once: {pair}"));
        }
        return broken;
    }

    sealed record BlockRow
    {
        public uint Id { get; init; }
        public string Cidr { get; init; } = "";
        public ushort MinPrefixSize { get; init; }
        public ushort MaxPrefixSize { get; init; }
    }

    sealed record PriceRow
    {
        public uint AvailableIpSpaceId { get; init; }
        public ushort PrefixSize { get; init; }
    }

    sealed record PieceRow
    {
        public uint AvailableIpSpaceId { get; init; }
        public string Cidr { get; init; } = "";
        public bool IsActive { get; init; }
        public bool Ended { get; init; }
    }
}
