using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Lnvps.Core.Identity;
using Lnvps.Nostr.Events;

namespace Lnvps.Nostr.Tests.Events;

/// <summary>The text an id is the hash of (NIP-01; nostr.md section 2.1).</summary>
public class CanonicalTextTests
{
    const string Key = "7e7e9c42a91bfef19fa929e5fda1b72e0ebc1a4c1141673e2794234d86addf4e";

    static string Canonical(string content, params EventTag[] tags) =>
        Encoding.UTF8.GetString(NostrEvent.Canonical(Sample.Key.PublicKey, Sample.Now, 1, tags, content).Span);

    [Fact]
    public void Has_no_white_space_and_a_fixed_order() => Assert.Equal(
        $$"""[0,"{{Key}}",1771495200,1,[["e","x"],[],["t"]],"hi"]""",
        Canonical("hi", new("e", "x"), new(), new("t")));

    [Theory]
    [InlineData("\n", "\\n")]
    [InlineData("\"", "\\\"")]
    [InlineData("\\", "\\\\")]
    [InlineData("\r", "\\r")]
    [InlineData("\t", "\\t")]
    [InlineData("\b", "\\b")]
    [InlineData("\f", "\\f")]
    // Everything else as it is
    [InlineData("/<>&'+", "/<>&'+")]
    [InlineData("é€😀\u2028\u2029\ufeff", "é€😀\u2028\u2029\ufeff")]
    [InlineData("\u0000\u0001\u000b\u001f\u007f\u0080", "\u0000\u0001\u000b\u001f\u007f\u0080")]
    [InlineData("a\nb\\n\"c", "a\\nb\\\\n\\\"c")]
    public void Escapes_seven_characters_only(string text, string written)
    {
        Assert.EndsWith($",\"{written}\"]", Canonical(text), StringComparison.Ordinal);
        Assert.Contains($"[\"t\",\"{written}\"]", Canonical("", new EventTag("t", text)), StringComparison.Ordinal);
    }

    [Fact]
    public void Unpaired_surrogates_are_refused() => Assert.ThrowsAny<ArgumentException>(() => Canonical("\ud800"));

    /// <summary>The reader writes the same text from JSON, however the JSON escapes it.</summary>
    [Theory]
    [InlineData("""A\u0041\u000a\n\/\u002f\u0022\"\u005c\\""", "AA\n\n//\"\"\\\\", false)]
    [InlineData("""\u00e9\ud83d\uDE00\u20AC""", "é😀€", false)]
    [InlineData("""\u0000\u001f\u007F""", "\u0000\u001f\u007f", true)]
    [InlineData("""\u007f""", "\u007f", false)]
    [InlineData("plain é", "plain é", false)]
    public void Json_escapes_make_no_difference(string json, string text, bool rare)
    {
        var written = new byte[json.Length * 4];
        var end = 0;
        var found = false;
        Assert.True(CanonicalText.TryAppendString(Encoding.UTF8.GetBytes(json), written, ref end, ref found));
        var expected = new ArrayBufferWriter<byte>();
        CanonicalText.AppendString(text, expected);
        Assert.Equal(Encoding.UTF8.GetString(expected.WrittenSpan), Encoding.UTF8.GetString(written, 0, end));
        Assert.Equal(rare, found);
    }

    [Theory]
    [InlineData("""\ud83d""")]
    [InlineData("""\ude00""")]
    [InlineData("""\ude00\ud83d""")]
    [InlineData("""\ud83dx""")]
    [InlineData("""\ud83d\n""")]
    [InlineData("""\ud83d\u0041""")]
    public void Half_a_character_is_refused(string json)
    {
        var end = 0;
        var rare = false;
        Assert.False(CanonicalText.TryAppendString(Encoding.UTF8.GetBytes(json), new byte[64], ref end, ref rare));
    }

    /// <summary>For every text: written by us, sent as JSON, read back, it hashes to the same id.</summary>
    [Fact]
    public void Any_text_keeps_its_id_through_Json() =>
        Prop.ForAll(ArbMap.Default.ArbFor<(string, string[])>(), x =>
        {
            var content = Paired(x.Item1);
            EventTag[] tags = [new([.. (x.Item2 ?? []).Select(Paired)]), new()];
            var signed = NostrEvent.Sign(Sample.Key, Sample.Now, 7, tags, content);
            return NostrEvent.TryParse(signed.ToJson(), out var read)
                && read.Verify()
                && read.Content == content
                && read.Tags[0].Elements.SequenceEqual(tags[0].Elements)
                && read.Id == new Bytes32(SHA256.HashData(NostrEvent.Canonical(read.PublicKey, read.CreatedAt, 7, read.Tags, read.Content).Span));
        }).QuickCheckThrowOnFailure();

    static string Paired(string? text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text ?? ""));
}
