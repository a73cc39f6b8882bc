using System.Diagnostics;
using FsCheck;
using FsCheck.Fluent;
using Lnvps.Core.Addresses;
using Lnvps.Core.Subscriptions;

namespace Lnvps.Core.Tests.Subscriptions;

/// <summary>billing.md section 19 and example S5.</summary>
public class SpaceAllocationTests
{
    static IpPrefix P(string text) => IpPrefix.Parse(text);

    static string? Choose(string space, int length, string[] active, params string[] ended) =>
        SpaceAllocation.Choose(P(space), length, active.Select(P), ended.Select(P))?.ToString();

    [Fact]
    public void S5()
    {
        Assert.Equal("192.0.2.64/26", Choose("192.0.2.0/24", 26, ["192.0.2.0/26", "192.0.2.128/25"]));
        Assert.Null(Choose("192.0.2.0/24", 26, ["192.0.2.0/26", "192.0.2.64/26", "192.0.2.128/25"]));
    }

    [Theory]
    [InlineData("192.0.2.0/24", 24, "192.0.2.0/24", new string[0])]
    [InlineData("192.0.2.0/24", 32, "192.0.2.0/32", new string[0])]
    [InlineData("192.0.2.0/24", 25, "192.0.2.128/25", new[] { "192.0.2.3/32" })]
    [InlineData("192.0.2.0/24", 26, "192.0.2.192/26", new[] { "192.0.2.0/25", "192.0.2.130/31" })]
    [InlineData("192.0.2.0/24", 23, null, new string[0])]
    [InlineData("192.0.2.0/24", 33, null, new string[0])]
    [InlineData("192.0.2.0/24", 28, null, new[] { "192.0.0.0/16" })]
    [InlineData("255.255.255.0/24", 26, "255.255.255.192/26", new[] { "255.255.255.0/25", "255.255.255.128/26" })]
    [InlineData("255.255.255.0/24", 26, null, new[] { "255.255.255.0/25", "255.255.255.128/25" })]
    [InlineData("2001:db8::/32", 48, "2001:db8::/48", new string[0])]
    [InlineData("2001:db8::/32", 48, "2001:db8:2::/48", new[] { "2001:db8::/48", "2001:db8:1::/64" })]
    [InlineData("ffff::/16", 128, "ffff::1/128", new[] { "ffff::/128" })]
    public void The_lowest_piece_that_fits(string space, int length, string? expected, string[] active) => Assert.Equal(expected, Choose(space, length, active));

    [Fact]
    public void A_piece_that_never_had_a_row_comes_before_an_ended_one()
    {
        Assert.Equal("192.0.2.128/26", Choose("192.0.2.0/24", 26, ["192.0.2.64/26"], "192.0.2.0/26"));
        Assert.Equal("192.0.2.0/26", Choose("192.0.2.0/24", 26, ["192.0.2.64/26", "192.0.2.128/25"], "192.0.2.0/26"));
        // A row of another size is no obstacle.
        Assert.Equal("192.0.2.0/26", Choose("192.0.2.0/24", 26, [], "192.0.2.0/25"));
    }

    /// <summary>The known implementation gave up after 10,000 candidates.</summary>
    [Fact]
    public void A_crowded_block_of_IPv6_is_searched_to_its_end_and_quickly()
    {
        var space = P("2001:db8::/32");
        var taken = Enumerable.Range(0, 65_536).Where(i => i != 54_321).Select(i => P($"2001:db8:{i:x}::/48")).ToList();
        var began = Stopwatch.GetTimestamp();
        Assert.Equal(P($"2001:db8:{54_321:x}::/48"), SpaceAllocation.Choose(space, 48, taken, []));
        Assert.Equal(P($"2001:db8:{54_321:x}::/64"), SpaceAllocation.Choose(space, 64, taken, []));
        Assert.True(Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(10));
    }

    [Theory]
    [InlineData(24, true)]
    [InlineData(22, true)]
    [InlineData(21, false)]
    [InlineData(25, false)]
    public void Sizes_on_sale(int length, bool sold) => Assert.Equal(sold, SpaceAllocation.IsSold(P("198.51.100.0/22"), length, largest: 21, smallest: 24) && length >= 22);

    /// <summary>Invariant 9: pieces never overlap and lie inside the block, whatever sizes are asked for and given back.</summary>
    [Fact]
    public void Pieces_never_overlap() =>
        Prop.ForAll(Gen.Choose(24, 30).ListOf(40).ToArbitrary(), Gen.Choose(0, 1_000_000).ToArbitrary(), (lengths, seed) =>
        {
            var space = P("192.0.2.0/24");
            var random = new Random(seed);
            var (active, ended) = (new List<IpPrefix>(), new HashSet<IpPrefix>());
            foreach (var length in lengths)
            {
                if (active.Count > 0 && random.Next(3) == 0)
                {
                    var back = active[random.Next(active.Count)];
                    active.Remove(back);
                    ended.Add(back);
                }
                if (SpaceAllocation.Choose(space, length, active, ended) is not { } piece)
                {
                    // Truly none: each aligned piece overlaps an active one.
                    if (All(space, length).Any(candidate => SpaceAllocation.IsFree(candidate, active)))
                        return false;
                    continue;
                }
                var lowest = All(space, length).Where(candidate => SpaceAllocation.IsFree(candidate, active)).OrderBy(candidate => ended.Contains(candidate)).ThenBy(candidate => candidate.First).First();
                if (piece != lowest || piece.Length != length || !space.Contains(piece.First) || !space.Contains(piece.Last) || active.Exists(piece.Overlaps))
                    return false;
                ended.Remove(piece);
                active.Add(piece);
            }
            return true;
        }).QuickCheckThrowOnFailure();

    static IEnumerable<IpPrefix> All(IpPrefix space, int length) =>
        Enumerable.Range(0, 1 << (length - space.Length)).Select(i => new IpPrefix(IpAddress.V4((uint)space.First.Bits + ((uint)i << (32 - length))), length));
}
