using Lnvps.Core.Randomness;

namespace Lnvps.Core.Tests.Randomness;

public class RandomDrawsTests
{
    [Fact]
    public void The_same_seed_gives_the_same_bytes()
    {
        Assert.Equal(Bytes(1), Bytes(1));
        Assert.NotEqual(Bytes(1), Bytes(2));

        static byte[] Bytes(ulong seed)
        {
            var bytes = new byte[37];
            new SeededRandomness(seed).Fill(bytes);
            return bytes;
        }
    }

    [Fact]
    public void Below_reaches_every_number_and_never_the_bound()
    {
        var random = new SeededRandomness(7);
        foreach (var bound in new[] { 1, 2, 3, 8, 10, 255, 256, 257 })
        {
            var seen = new HashSet<int>();
            for (var i = 0; i < 40 * bound; i++)
                seen.Add((int)random.Below((UInt128)bound));
            Assert.Equal(Enumerable.Range(0, bound), seen.Order());
        }
    }

    [Fact]
    public void Below_uses_all_128_bits()
    {
        var random = new SeededRandomness(7);
        UInt128 or = 0;
        for (var i = 0; i < 200; i++)
            or |= random.Below(UInt128.MaxValue);
        Assert.Equal(UInt128.MaxValue, or);
    }

    [Fact]
    public void Below_zero_makes_no_sense() => Assert.Throws<ArgumentOutOfRangeException>(() => new SecureRandomness().Below(0));

    [Fact]
    public void A_shuffle_is_fair()
    {
        var random = new SeededRandomness(7);
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < 6_000; i++)
        {
            char[] items = ['a', 'b', 'c'];
            random.Shuffle<char>(items);
            counts[new string(items)] = counts.GetValueOrDefault(new string(items)) + 1;
        }
        Assert.Equal(6, counts.Count);
        Assert.All(counts.Values, count => Assert.InRange(count, 850, 1_150));
    }
}
