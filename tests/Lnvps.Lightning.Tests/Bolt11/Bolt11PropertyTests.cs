using FsCheck;
using FsCheck.Fluent;
using Lnvps.Lightning.Bolt11;
using Lnvps.Nostr.Encodings;

namespace Lnvps.Lightning.Tests.Bolt11;

public class Bolt11PropertyTests
{
    static readonly byte[] s_key = PublishedExamples.Key;

    static Arbitrary<int> Seeds => Gen.Choose(0, int.MaxValue).ToArbitrary();

    [Fact]
    public void What_is_written_is_read_the_same() =>
        Prop.ForAll(Seeds, seed =>
        {
            var content = InvoiceSamples.Content(new Random(seed), s_key);
            var text = Bolt11Encoder.Encode(content, s_key);
            if (text.Length > Bolt11Decoder.Longest)
                return;
            var invoice = Bolt11Decoder.Decode(text).Value;
            Assert.Equal(content, invoice.Content);
            Assert.Equal(InvoiceSamples.Node(s_key), invoice.Payee);
            Assert.Equal(text, Bolt11Encoder.Encode(invoice.Content, s_key));
            Assert.Equal(content, Bolt11Decoder.Decode(text.ToUpperInvariant()).Value.Content);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    [Fact]
    public void An_amount_keeps_every_millisatoshi() =>
        Prop.ForAll(Seeds, seed =>
        {
            if (InvoiceSamples.Amount(new Random(seed)) is not { } amount)
                return;
            var text = AmountText.Of(amount);
            Assert.True(AmountText.TryParse(text, out var read));
            Assert.Equal(amount, read);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(5000));

    [Fact]
    public void One_wrong_character_is_always_noticed() =>
        Prop.ForAll(Seeds, seed =>
        {
            var random = new Random(seed);
            var text = PublishedExamples.Valid[random.Next(PublishedExamples.Valid.Length)].Text.ToCharArray();
            var at = random.Next(text.Length);
            var before = text[at];
            text[at] = (char)random.Next(33, 127);
            if (char.ToLowerInvariant(text[at]) != before)
                Assert.False(Bolt11Decoder.Decode(text).IsOk);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(5000));

    /// <summary>Any bytes: an invoice that is read can be written and read again, and nothing throws.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(20260219)]
    public void Survives_whatever_strangers_send(int seed)
    {
        var random = new Random(seed);
        var texts = PublishedExamples.Valid.Select(example => example.Text)
            .Concat(PublishedExamples.Invalid.Select(example => example.Text))
            .Concat(Enumerable.Range(0, 30).Select(_ => Bolt11Encoder.Encode(InvoiceSamples.Content(random, s_key), s_key)))
            .ToArray();
        var read = 0;
        for (var round = 0; round < 8000; round++)
        {
            var text = Mutated(texts[random.Next(texts.Length)], random);
            var decoded = Bolt11Decoder.Decode(text);
            if (!decoded.IsOk)
                continue;
            read++;
            var invoice = decoded.Value;
            if (MayBeWritten(invoice.Content))
                Assert.Equal(invoice.Content, Bolt11Decoder.Decode(Bolt11Encoder.Encode(invoice.Content, s_key)).Value.Content);
            Assert.True(invoice.Expires >= invoice.Created);
            _ = (invoice.Expires.ToString(), invoice.Description, invoice.Features.ToString(), invoice.Metadata?.ToString());
        }
        // Mutations behind a right checksum are read with another payee: the fields must have been reached, too.
        Assert.True(read > 200, $"only {read} were read");
    }

    // Strangers may repeat fields, which writers may not; and a payee in it would have to be the key that signs.
    static bool MayBeWritten(InvoiceContent content) =>
        content.Fields.Count(field => field is InvoiceField.PaymentHash) == 1
        && content.Fields.Count(field => field is InvoiceField.PaymentSecret) == 1
        && content.Fields.Count(field => field is InvoiceField.Description or InvoiceField.DescriptionHash) == 1
        && !content.Fields.Any(field => field is InvoiceField.Payee);

    static string Mutated(string text, Random random)
    {
        if (random.Next(3) == 0 || !Bech32.TryDecode(text, out var parts, int.MaxValue))
            return Scrambled(text, random);
        var words = parts.Words.ToList();
        for (var i = random.Next(1, 4); i > 0; i--)
        {
            var at = random.Next(words.Count);
            switch (random.Next(5))
            {
                case 0:
                    words.RemoveRange(at, random.Next(words.Count - at));
                    break;
                case 1:
                    words.InsertRange(at, Enumerable.Range(0, random.Next(20)).Select(_ => (byte)random.Next(32)));
                    break;
                case 2:
                    words.InsertRange(at, words.GetRange(at, random.Next(words.Count - at)));
                    break;
                default:
                    words[at] = (byte)random.Next(32);
                    break;
            }
            if (words.Count == 0)
                words.Add(0);
        }
        var prefix = random.Next(4) == 0 ? $"ln{"bc tb bcrt tbs b".Split(' ')[random.Next(5)]}{random.Next(3) switch { 0 => "", 1 => random.Next(), _ => 0 }}{"munpx "[random.Next(6)]}".Trim()
            : parts.Prefix;
        return Bech32.Encode(prefix, words.ToArray(), random.Next(20) == 0 ? Bech32Variant.Bech32m : Bech32Variant.Bech32);
    }

    static string Scrambled(string text, Random random)
    {
        var letters = text.ToCharArray().ToList();
        switch (random.Next(4))
        {
            case 0:
                letters.RemoveRange(letters.Count / 2, random.Next(letters.Count / 2));
                break;
            case 1:
                letters = [.. letters.Take(random.Next(letters.Count))];
                break;
            case 2:
                for (var i = random.Next(1, 5); i > 0; i--)
                    letters.Insert(random.Next(letters.Count + 1), (char)random.Next(char.MaxValue + 1));
                break;
            default:
                letters = [.. Enumerable.Range(0, random.Next(8000)).Select(_ => (char)random.Next(256))];
                break;
        }
        return new string([.. letters]);
    }
}
