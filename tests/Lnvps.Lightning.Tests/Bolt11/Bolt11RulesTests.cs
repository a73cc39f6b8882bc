using System.Text;
using Lnvps.Core.Identity;
using Lnvps.Core.Money;
using Lnvps.Core.Time;
using Lnvps.Lightning.Bolt11;
using Lnvps.Nostr.Encodings;

namespace Lnvps.Lightning.Tests.Bolt11;

/// <summary>The rules of BOLT 11 that the published examples do not show, on invoices put together by hand.</summary>
public class Bolt11RulesTests
{
    const int P = 1, R = 3, Features = 5, X = 6, F = 9, D = 13, S = 16, N = 19, H = 23, C = 24, M = 27;

    static readonly byte[] s_key = PublishedExamples.Key;
    static readonly byte[] s_hash = [.. Enumerable.Range(1, 32).Select(n => (byte)n)];
    static readonly byte[] s_timestamp = [0, 1, 2, 3, 4, 5, 6];
    static readonly byte[] s_usual = [.. s_timestamp, .. Field(P, Bech32.ToWords(s_hash)), .. Field(S, Bech32.ToWords(s_hash)), .. Field(D, Text("x"))];

    static byte[] Field(int tag, byte[] words, int? length = null) =>
        [(byte)tag, (byte)((length ?? words.Length) >> 5), (byte)((length ?? words.Length) & 31), .. words];

    static byte[] Text(string text) => Bech32.ToWords(Encoding.UTF8.GetBytes(text));

    static string? Refused(params byte[] words) => Bolt11Decoder.Decode(InvoiceSamples.Sign("lnbc1m", words, s_key)).Refusal?.Message;

    static string? RefusedWith(byte[] field) => Refused([.. s_usual, .. field]);

    static Bolt11Invoice Read(byte[] field) => Bolt11Decoder.Decode(InvoiceSamples.Sign("lnbc1m", [.. s_usual, .. field], s_key)).Value;

    [Theory]
    [InlineData(1, "10p")]
    [InlineData(99, "990p")]
    [InlineData(100, "1n")]
    [InlineData(12_300, "123n")]
    [InlineData(967_878_534, "9678785340p")]
    [InlineData(100_000, "1u")]
    [InlineData(250_000_000, "2500u")]
    [InlineData(100_000_000, "1m")]
    [InlineData(2_500_000_000, "25m")]
    [InlineData(100_000_000_000, "1")]
    [InlineData(2_100_000_000_000_000_000, "21000000")]
    [InlineData(2_099_999_999_999_999_999, "20999999999999999990p")]
    public void Writes_amounts_as_short_as_can_be(ulong msat, string text)
    {
        Assert.Equal(text, AmountText.Of(new Msat(msat)));
        Assert.True(AmountText.TryParse(text, out var read));
        Assert.Equal(new Msat(msat), read);
    }

    [Theory]
    [InlineData("2500000n", 250_000_000)]
    [InlineData("2500000000p", 250_000_000)]
    [InlineData("1000m", 100_000_000_000)]
    public void Reads_amounts_with_another_multiplier_than_the_largest(string text, ulong msat)
    {
        Assert.True(AmountText.TryParse(text, out var read));
        Assert.Equal(new Msat(msat), read);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("0m")]
    [InlineData("01m")]
    [InlineData("m")]
    [InlineData("1p")]
    [InlineData("15p")]
    [InlineData("1k")]
    [InlineData("1mm")]
    [InlineData("1.5m")]
    [InlineData("+1m")]
    [InlineData("1 m")]
    [InlineData("1,000m")]
    [InlineData("٣m")]
    [InlineData("21000001")]
    [InlineData("18446744073709551615m")]
    [InlineData("99999999999999999999m")]
    [InlineData("210000000000000000000p")]
    [InlineData("340282366920938463463374607431768211455m")]
    [InlineData("999999999999999999999999999999999999999999999999m")]
    public void Refuses_amounts_that_are_none(string text) => Assert.False(AmountText.TryParse(text, out _));

    [Theory]
    [InlineData("lnbc", LightningNetwork.Mainnet)]
    [InlineData("lntb", LightningNetwork.Testnet)]
    [InlineData("lntbs", LightningNetwork.Signet)]
    [InlineData("lnbcrt", LightningNetwork.Regtest)]
    public void Tells_the_networks_apart(string prefix, LightningNetwork network)
    {
        foreach (var (amount, msat) in new (string, Msat?)[] { ("", null), ("1", new Msat(100_000_000_000)), ("20u", new Msat(2_000_000)) })
        {
            var invoice = Bolt11Decoder.Decode(InvoiceSamples.Sign(prefix + amount, s_usual, s_key)).Value;
            Assert.Equal(network, invoice.Network);
            Assert.Equal(msat, invoice.Amount);
        }
    }

    [Theory]
    [InlineData("lnltc1m")]
    [InlineData("lnbcr1m")]
    [InlineData("lntbst")]
    [InlineData("ln1m")]
    [InlineData("bc1m")]
    [InlineData("xlnbc1m")]
    public void Refuses_other_networks(string prefix) =>
        Assert.Equal("Invoice is for an unknown network", Bolt11Decoder.Decode(InvoiceSamples.Sign(prefix, s_usual, s_key)).Refusal?.Message);

    [Fact]
    public void Refuses_what_is_too_long_or_of_the_other_checksum()
    {
        var filler = Enumerable.Repeat(Field(2, new byte[800]), 8).SelectMany(field => field).ToArray();
        var room = Bolt11Decoder.Longest - "lnbc1m1".Length - s_usual.Length - filler.Length - 3 - 104 - 6;
        Assert.Null(RefusedWith([.. filler, .. Field(2, new byte[room])]));
        Assert.Equal("Invoice is too long", RefusedWith([.. filler, .. Field(2, new byte[room + 1])]));
        var text = InvoiceSamples.Sign("lnbc1m", s_usual, s_key);
        Assert.True(Bech32.TryDecode(text, out var parts, 2000));
        Assert.Equal("Invoice is not valid bech32", Bolt11Decoder.Decode(Bech32.Encode(parts.Prefix, parts.Words, Bech32Variant.Bech32m)).Refusal?.Message);
        Assert.Equal("Invoice is not valid bech32", Bolt11Decoder.Decode(" " + text).Refusal?.Message);
        Assert.Equal("Invoice is not valid bech32", Bolt11Decoder.Decode("").Refusal?.Message);
    }

    [Fact]
    public void Demands_hash_secret_and_one_description()
    {
        byte[] p = Field(P, Bech32.ToWords(s_hash)), s = Field(S, Bech32.ToWords(s_hash)), d = Field(D, Text("x")), h = Field(H, Bech32.ToWords(s_hash));
        Assert.Null(Refused([.. s_timestamp, .. p, .. s, .. d]));
        Assert.Null(Refused([.. s_timestamp, .. h, .. s, .. p]));
        Assert.Equal("Invoice has no payment hash", Refused([.. s_timestamp, .. s, .. d]));
        Assert.Equal("Invoice has no payment secret", Refused([.. s_timestamp, .. p, .. d]));
        Assert.Equal("Invoice needs either a description or the hash of one", Refused([.. s_timestamp, .. p, .. s]));
        Assert.Equal("Invoice needs either a description or the hash of one", Refused([.. s_timestamp, .. p, .. s, .. d, .. h]));
        Assert.Equal("Invoice has no payment hash", Refused(s_timestamp));
        Assert.Equal("Invoice is too short", Bolt11Decoder.Decode(Bech32.Encode("lnbc1m", new byte[110])).Refusal?.Message);
    }

    [Fact]
    public void Goes_by_the_first_of_repeated_fields()
    {
        var other = new byte[32];
        Assert.Equal(new Bytes32(s_hash), Read(Field(P, Bech32.ToWords(other))).PaymentHash);
        Assert.Equal(new Bytes32(s_hash), Read(Field(S, Bech32.ToWords(other))).PaymentSecret);
        Assert.Equal("x", Read(Field(D, Text("y"))).Description);
    }

    [Theory]
    [InlineData(new byte[] { X })]
    [InlineData(new byte[] { X, 0 })]
    [InlineData(new byte[] { X, 0, 1 })]
    [InlineData(new byte[] { X, 31, 31, 1, 2, 3 })]
    public void Refuses_a_field_that_is_cut_off(byte[] field) => Assert.Equal("Invoice ends inside a field", RefusedWith(field));

    [Theory]
    [InlineData(X)]
    [InlineData(C)]
    public void Reads_numbers_written_as_short_as_can_be_and_no_others(int tag)
    {
        ulong Number(params byte[] words)
        {
            var invoice = Read(Field(tag, words));
            return tag == X ? invoice.ExpirySeconds : invoice.MinFinalCltvDelta;
        }
        Assert.Equal(0UL, Number());
        Assert.Equal(0UL, Number(0));
        Assert.Equal(31UL, Number(31));
        Assert.Equal(604_800UL, Number(18, 14, 20, 0));
        Assert.Equal(ulong.MaxValue, Number(15, 31, 31, 31, 31, 31, 31, 31, 31, 31, 31, 31, 31));
        var refusal = $"Invoice has an invalid field '{(tag == X ? 'x' : 'c')}'";
        Assert.Equal(refusal, RefusedWith(Field(tag, [0, 1])));
        Assert.Equal(refusal, RefusedWith(Field(tag, [0, 0])));
        Assert.Equal(refusal, RefusedWith(Field(tag, [16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])));
        Assert.Equal(refusal, RefusedWith(Field(tag, [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])));
    }

    [Fact]
    public void Bounds_the_moment_of_expiry()
    {
        var never = Read(Field(X, [15, 31, 31, 31, 31, 31, 31, 31, 31, 31, 31, 31, 31]));
        Assert.Equal("9999-12-31T23:59:59Z", never.Expires.ToString());
        byte[] late = [31, 31, 31, 31, 31, 31, 31, .. s_usual[7..]];
        var last = Bolt11Decoder.Decode(InvoiceSamples.Sign("lnbc", late, s_key)).Value;
        Assert.Equal((1L << 35) - 1, last.Created.UnixSeconds);
        Assert.Equal((1L << 35) - 1 + 3600, last.Expires.UnixSeconds);
    }

    [Fact]
    public void Refuses_spare_bits_that_are_not_zero()
    {
        byte[] Spoilt(byte[] words) => [.. words[..^1], (byte)(words[^1] | 1)];
        Assert.Equal("Invoice has an invalid field 'p'", RefusedWith(Field(P, Spoilt(Bech32.ToWords(s_hash)))));
        Assert.Equal("Invoice has an invalid field 's'", RefusedWith(Field(S, Spoilt(Bech32.ToWords(s_hash)))));
        Assert.Equal("Invoice has an invalid field 'h'", RefusedWith(Field(H, Spoilt(Bech32.ToWords(s_hash)))));
        Assert.Equal("Invoice has an invalid field 'd'", RefusedWith(Field(D, Spoilt(Text("xy")))));
        Assert.Equal("Invoice has an invalid field 'm'", RefusedWith(Field(M, [0])));
        Assert.Equal("Invoice has an invalid field 'd'", RefusedWith(Field(D, [.. Text("xyz"), 0])));
    }

    [Fact]
    public void Refuses_a_description_that_is_no_text()
    {
        Assert.Equal("Invoice has an invalid field 'd'", RefusedWith(Field(D, Bech32.ToWords([0xc3]))));
        Assert.Equal("Invoice has an invalid field 'd'", RefusedWith(Field(D, Bech32.ToWords([0xed, 0xa0, 0x80]))));
        byte[] empty = [.. s_timestamp, .. Field(P, Bech32.ToWords(s_hash)), .. Field(S, Bech32.ToWords(s_hash)), .. Field(D, [])];
        Assert.Equal("", Bolt11Decoder.Decode(InvoiceSamples.Sign("lnbc", empty, s_key)).Value.Description);
    }

    [Fact]
    public void Checks_routes()
    {
        byte[] hop = [.. InvoiceSamples.Node(s_key).Key.Span, .. new byte[18]];
        Assert.Single(Read(Field(R, Bech32.ToWords(hop))).Routes);
        Assert.Equal(2, Assert.Single(Read(Field(R, Bech32.ToWords([.. hop, .. hop]))).Routes).Hops.Count);
        Assert.Equal("Invoice has an invalid field 'r'", RefusedWith(Field(R, [])));
        Assert.Equal("Invoice has an invalid field 'r'", RefusedWith(Field(R, Bech32.ToWords(hop.AsSpan(0, 50)))));
        Assert.Equal("Invoice has an invalid field 'r'", RefusedWith(Field(R, Bech32.ToWords([.. hop, 2]))));
        Assert.Equal("Invoice has an invalid field 'r'", RefusedWith(Field(R, Bech32.ToWords([4, .. hop[1..]]))));
    }

    [Theory]
    [InlineData(0, 20, true)]
    [InlineData(0, 32, true)]
    [InlineData(0, 21, false)]
    [InlineData(1, 32, true)]
    [InlineData(16, 40, true)]
    [InlineData(16, 41, false)]
    [InlineData(2, 1, false)]
    [InlineData(17, 20, true)]
    [InlineData(17, 32, false)]
    [InlineData(18, 20, true)]
    [InlineData(18, 19, false)]
    public void Checks_the_length_of_fallback_addresses(byte version, int bytes, bool isValid)
    {
        var field = Field(F, [version, .. Bech32.ToWords(new byte[bytes])]);
        if (isValid)
            Assert.Equal(new InvoiceField.Fallback(version, new ByteString(new byte[bytes])), Assert.Single(Read(field).Fallbacks));
        else
            Assert.Equal("Invoice has an invalid field 'f'", RefusedWith(field));
    }

    [Fact]
    public void Skips_fallback_addresses_of_unknown_version()
    {
        Assert.Empty(Read(Field(F, [19, 1, 2])).Fallbacks);
        Assert.Empty(Read(Field(F, [31])).Fallbacks);
        Assert.Equal("Invoice has an invalid field 'f'", RefusedWith(Field(F, [])));
    }

    [Fact]
    public void Checks_features()
    {
        Assert.Equal([8, 14, 17], Read(Field(Features, [4, 16, 8, 0])).Features.All());
        Assert.Equal("Invoice has an invalid field '9'", RefusedWith(Field(Features, [0, 1])));
        Assert.Equal("Invoice has an invalid field '9'", RefusedWith(Field(Features, [0])));
        Assert.Equal("Invoice demands feature 0, which is not known", RefusedWith(Field(Features, [1])));
        Assert.Equal("Invoice demands feature 5112, which is not known", RefusedWith(Field(Features, [4, .. new byte[1022]])));
        Assert.True(Read(Field(Features, [8, .. new byte[1022]])).Features.Has(5113));
    }

    [Fact]
    public void Checks_the_signature_against_a_stated_payee()
    {
        var own = Field(N, Bech32.ToWords(InvoiceSamples.Node(s_key).Key.Span));
        Assert.Equal(InvoiceSamples.Node(s_key), Read(own).Payee);
        var other = Field(N, Bech32.ToWords(InvoiceSamples.Node(s_hash).Key.Span));
        Assert.Equal("Invoice has an invalid signature", RefusedWith(other));
        Assert.Equal("Invoice has an invalid field 'n'", RefusedWith(Field(N, Bech32.ToWords([4, .. s_hash]))));
        // On no point of the curve.
        Assert.Equal("Invoice has an invalid signature", RefusedWith(Field(N, Bech32.ToWords([2, .. Enumerable.Repeat((byte)0xff, 32)]))));
    }

    [Fact]
    public void Refuses_a_recovery_flag_above_three()
    {
        Assert.Equal("Invoice has an invalid signature", Bolt11Decoder.Decode(InvoiceSamples.Sign("lnbc", s_usual, s_key, recoveryIdChange: 4)).Refusal?.Message);
        var own = Field(N, Bech32.ToWords(InvoiceSamples.Node(s_key).Key.Span));
        Assert.Equal("Invoice has an invalid signature",
            Bolt11Decoder.Decode(InvoiceSamples.Sign("lnbc", [.. s_usual, .. own], s_key, recoveryIdChange: 200)).Refusal?.Message);
    }

    [Fact]
    public void Writes_no_invoice_that_breaks_the_rules()
    {
        InvoiceField p = new InvoiceField.PaymentHash(new Bytes32(s_hash)), s = new InvoiceField.PaymentSecret(new Bytes32(s_hash)),
            d = new InvoiceField.Description("x"), h = new InvoiceField.DescriptionHash(new Bytes32(s_hash));
        static void Fails(InvoiceContent content) => Assert.ThrowsAny<ArgumentException>(() => Bolt11Encoder.Encode(content, s_key));
        InvoiceContent With(params InvoiceField[] fields) => new(LightningNetwork.Regtest, new Msat(1000), new Instant(0), fields);
        Bolt11Encoder.Encode(With(p, s, d), s_key);
        Fails(With(p, s));
        Fails(With(p, s, d, h));
        Fails(With(p, d));
        Fails(With(s, d));
        Fails(With(p, p, s, d));
        Fails(With(p, s, d) with { Amount = new Msat(0) });
        Fails(With(p, s, d) with { Created = new Instant(-1) });
        Fails(With(p, s, d) with { Created = new Instant(1L << 35) });
        Fails(With(p, s, new InvoiceField.Description(new string('x', 640))));
        Fails(With(p, s, d, new InvoiceField.Fallback(0, new ByteString(new byte[21]))));
        Fails(With(p, s, d, new InvoiceField.Payee(new NodeId(new ByteString(new byte[32])))));
        Fails(With(p, s, d, new InvoiceField.Unknown('b', "q")));
        Bolt11Encoder.Encode(With(p, s, new InvoiceField.Description(new string('x', 639))), s_key);
    }
}
