using FsCheck;
using FsCheck.Fluent;
using Lnvps.Nostr.Encodings;

namespace Lnvps.Nostr.Tests.Encodings;

public class Bech32Tests
{
    const string Thirty = "qqqqqqqqqqqqqqqqqqqqqqqqqqqqqq", ThirtyL = "llllllllllllllllllllllllllllll";

    [Theory]
    // BIP-173
    [InlineData("A12UEL5L", "a", Bech32Variant.Bech32)]
    [InlineData("a12uel5l", "a", Bech32Variant.Bech32)]
    [InlineData("an83characterlonghumanreadablepartthatcontainsthenumber1andtheexcludedcharactersbio1tt5tgs",
        "an83characterlonghumanreadablepartthatcontainsthenumber1andtheexcludedcharactersbio", Bech32Variant.Bech32)]
    [InlineData("abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw", "abcdef", Bech32Variant.Bech32)]
    [InlineData("11" + Thirty + Thirty + "qqqqqqqqqqqqqqqqqqqqqqc8247j", "1", Bech32Variant.Bech32)]
    [InlineData("split1checkupstagehandshakeupstreamerranterredcaperred2y9e3w", "split", Bech32Variant.Bech32)]
    [InlineData("?1ezyfcl", "?", Bech32Variant.Bech32)]
    // BIP-350
    [InlineData("A1LQFN3A", "a", Bech32Variant.Bech32m)]
    [InlineData("a1lqfn3a", "a", Bech32Variant.Bech32m)]
    [InlineData("an83characterlonghumanreadablepartthatcontainsthetheexcludedcharactersbioandnumber11sg7hg6",
        "an83characterlonghumanreadablepartthatcontainsthetheexcludedcharactersbioandnumber1", Bech32Variant.Bech32m)]
    [InlineData("abcdef1l7aum6echk45nj3s0wdvt2fg8x9yrzpqzd3ryx", "abcdef", Bech32Variant.Bech32m)]
    [InlineData("11" + ThirtyL + ThirtyL + "llllllllllllllllllllllludsr8", "1", Bech32Variant.Bech32m)]
    [InlineData("split1checkupstagehandshakeupstreamerranterredcaperredlc445v", "split", Bech32Variant.Bech32m)]
    [InlineData("?1v759aa", "?", Bech32Variant.Bech32m)]
    public void Valid_texts_of_the_Bips(string text, string prefix, Bech32Variant variant)
    {
        Assert.True(Bech32.TryDecode(text, out var decoded));
        Assert.Equal(prefix, decoded.Prefix);
        Assert.Equal(variant, decoded.Variant);
        Assert.Equal(text.ToLowerInvariant(), Bech32.Encode(decoded.Prefix, decoded.Words, variant));
    }

    [Theory]
    // BIP-173
    [InlineData("\u00201nwldj5")]
    [InlineData("\u007f1axkwrx")]
    [InlineData("\u00801eym55h")]
    [InlineData("an84characterslonghumanreadablepartthatcontainsthenumber1andtheexcludedcharactersbio1569pvx")]
    [InlineData("pzry9x0s0muk")]
    [InlineData("1pzry9x0s0muk")]
    [InlineData("x1b4n0q5v")]
    [InlineData("li1dgmt3")]
    [InlineData("de1lg7wt\u00ff")]
    [InlineData("A1G7SGD8")]
    [InlineData("10a06t8")]
    [InlineData("1qzzfhee")]
    // BIP-350
    [InlineData("\u00201xj0phk")]
    [InlineData("\u007f1g6xzxy")]
    [InlineData("\u00801vctc34")]
    [InlineData("an84characterslonghumanreadablepartthatcontainsthetheexcludedcharactersbioandnumber11d6pts4")]
    [InlineData("qyrz8wqd2c9m")]
    [InlineData("1qyrz8wqd2c9m")]
    [InlineData("y1b0jsk6g")]
    [InlineData("lt1igcx5c0")]
    [InlineData("in1muywd")]
    [InlineData("mm1crxm3i")]
    [InlineData("au1s5cgom")]
    [InlineData("M1VUXWEZ")]
    [InlineData("16plkw9")]
    [InlineData("1p2gdwpf")]
    // Own
    [InlineData("")]
    [InlineData("1")]
    [InlineData("A12uEL5L")]
    public void Invalid_texts(string text) => Assert.False(Bech32.TryDecode(text, out _));

    [Fact]
    public void The_length_limit_is_the_callers()
    {
        var text = Bech32.EncodeBytes("lnbcrt", new byte[500]);
        Assert.False(Bech32.TryDecode(text, out _));
        Assert.False(Bech32.TryDecode(text, out _, text.Length - 1));
        Assert.True(Bech32.TryDecode(text, out var decoded, text.Length));
        Assert.Equal(800, decoded.Words.Length);
    }

    [Fact]
    public void Encoding_refuses_what_it_could_not_read_back()
    {
        Assert.Throws<ArgumentException>(() => Bech32.Encode("", [0]));
        Assert.Throws<ArgumentException>(() => Bech32.Encode("Ab", [0]));
        Assert.Throws<ArgumentException>(() => Bech32.Encode("a b", [0]));
        Assert.Throws<ArgumentException>(() => Bech32.Encode("é", [0]));
        Assert.Throws<ArgumentException>(() => Bech32.Encode(new string('a', 84), [0]));
        Assert.Throws<ArgumentException>(() => Bech32.Encode("a", [32]));
    }

    [Fact]
    public void Bytes_survive_the_way_through_words_and_text() =>
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), bytes =>
        {
            var text = Bech32.EncodeBytes("lnurl", bytes);
            return Bech32.TryDecodeBytes("lnurl", text, out var back, int.MaxValue) && back.AsSpan().SequenceEqual(bytes)
                && Bech32.TryDecodeBytes("lnurl", text.ToUpperInvariant(), out _, int.MaxValue)
                && !Bech32.TryDecodeBytes("lnur", text, out _, int.MaxValue);
        }).QuickCheckThrowOnFailure();

    /// <summary>The promise of the code: up to four wrong characters within 90 are always found.</summary>
    [Fact]
    public void Up_to_four_wrong_characters_are_always_found()
    {
        const string Alphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
        var random = new Random(173);
        for (var round = 0; round < 5_000; round++)
        {
            var bytes = new byte[random.Next(1, 40)];
            random.NextBytes(bytes);
            var text = Bech32.EncodeBytes("npub", bytes).ToCharArray();
            for (var mistakes = random.Next(1, 5); mistakes > 0; mistakes--)
            {
                var at = random.Next(5, text.Length);
                text[at] = Alphabet[(Alphabet.IndexOf(text[at]) + random.Next(1, 32)) % 32];
            }
            var changed = new string(text);
            Assert.True(changed == Bech32.EncodeBytes("npub", bytes) || !Bech32.TryDecode(changed, out var d) || d.Variant == Bech32Variant.Bech32m, changed);
        }
    }

    [Fact]
    public void Bits_left_over_must_be_few_and_zero()
    {
        Assert.True(Bech32.TryToBytes([31, 28], out var one));
        Assert.Equal([255], one);
        Assert.False(Bech32.TryToBytes([31, 29], out _)); // a bit set beyond the byte
        Assert.False(Bech32.TryToBytes([0], out _)); // five bits and no byte
        Assert.False(Bech32.TryToBytes([0, 0, 0], out _)); // 15 bits: seven left over
        Assert.False(Bech32.TryToBytes([32, 0], out _));
        Assert.True(Bech32.TryToBytes([], out var none));
        Assert.Empty(none);
    }

    [Fact]
    public void Any_text_only_ever_fails()
    {
        var random = new Random(350);
        for (var round = 0; round < 20_000; round++)
        {
            var text = new char[random.Next(0, 120)];
            for (var i = 0; i < text.Length; i++)
                text[i] = (char)random.Next(random.Next(10) == 0 ? 0x10000 : 128);
            if (text.Length > 3)
                text[random.Next(text.Length)] = '1';
            Assert.False(Bech32.TryDecode(text, out _));
        }
    }
}
