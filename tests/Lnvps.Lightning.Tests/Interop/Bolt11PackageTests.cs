using System.Globalization;
using System.Text.Json.Nodes;
using Lnvps.Lightning.Bolt11;
using Lnvps.Lightning.Tests.Bolt11;
using Lnvps.Testing.Interop;

namespace Lnvps.Lightning.Tests.Interop;

/// <summary>Both ways against the npm package bolt11, which many wallets and web shops use.</summary>
[Trait("Speed", "slow")]
public class Bolt11PackageTests
{
    // The order in which the package names the first features; two bits each.
    static readonly string[] s_features =
    [
        "option_data_loss_protect", "initial_routing_sync", "option_upfront_shutdown_script", "gossip_queries", "var_onion_optin",
        "gossip_queries_ex", "option_static_remotekey", "payment_secret", "basic_mpp", "option_support_large_channel",
    ];

    static readonly byte[] s_key = PublishedExamples.Key;

    static async Task<JsonArray> Ask(IEnumerable<JsonObject> questions) => (await NodeScript.Run("bolt11.js", new JsonArray([.. questions]))).AsArray();

    static List<InvoiceContent> Samples(int count)
    {
        var random = new Random(11);
        return [.. Enumerable.Range(0, count).Select(_ => InvoiceSamples.Content(random, s_key))];
    }

    [Fact]
    public async Task Reads_our_invoices_as_we_do()
    {
        // The package takes keys of a wrong length for keys.
        var invoices = PublishedExamples.Valid.Where(example => example.Name != "fields which must be ignored").Select(example => example.Text)
            .Append(PublishedExamples.HighS)
            .Concat(Samples(300).Select(content => Bolt11Encoder.Encode(content, s_key)))
            .Select(text => (Text: text, Ours: Bolt11Decoder.Decode(text).Value)).ToList();
        var answers = await Ask(invoices.Select(invoice => new JsonObject
        {
            ["ask"] = "decode",
            ["invoice"] = invoice.Text,
            ["network"] = invoice.Ours.Network.ToString().ToLowerInvariant(),
        }));
        for (var i = 0; i < invoices.Count; i++)
        {
            var (text, ours) = invoices[i];
            var theirs = answers[i]!;
            Assert.Null((string?)theirs["error"]);
            Assert.Equal(text, (string?)theirs["paymentRequest"]);
            Assert.Equal(ours.Amount?.Value.ToString(CultureInfo.InvariantCulture), (string?)theirs["millisatoshis"]);
            Assert.Equal(ours.Created.UnixSeconds, (long)theirs["timestamp"]!);
            Assert.Equal(ours.Payee.ToString(), (string?)theirs["payeeNodeKey"]);
            Assert.Equal(ours.Signature.ToString(), (string?)theirs["signature"]);
            Assert.Equal(ours.RecoveryId, (int)theirs["recoveryFlag"]!);
            Assert.Equal(ours.Content.Fields.Select(Told), theirs["tags"]!.AsArray().Select(tag => Told(tag!)));
        }
    }

    [Fact]
    public async Task Writes_the_invoices_that_we_write()
    {
        // It writes neither fields it does not know nor a payment secret without its feature.
        var secret = new InvoiceField.Features(FeatureBits.Of(8, 14));
        var contents = Samples(300).ConvertAll(content => content with
        {
            Fields =
            [
                .. content.Fields.Where(field => field is not (InvoiceField.Unknown or InvoiceField.Metadata or InvoiceField.Features)),
                content.Find<InvoiceField.Features>() is { } features && features.Bits.Has(FeatureBits.PaymentSecret) ? features : secret,
            ],
        });
        var answers = await Ask(contents.Select(content => new JsonObject
        {
            ["ask"] = "encode",
            ["network"] = content.Network.ToString().ToLowerInvariant(),
            ["millisatoshis"] = content.Amount?.Value.ToString(CultureInfo.InvariantCulture),
            ["timestamp"] = content.Created.UnixSeconds,
            ["tags"] = new JsonArray([.. content.Fields.Select(Tag)]),
            ["key"] = Convert.ToHexStringLower(s_key),
        }));
        for (var i = 0; i < contents.Count; i++)
        {
            Assert.Equal(Bolt11Encoder.Encode(contents[i], s_key), answers[i]!.GetValueKind() == System.Text.Json.JsonValueKind.String
                ? (string?)answers[i]
                : answers[i]!.ToJsonString());
            Assert.Equal(contents[i], Bolt11Decoder.Decode((string)answers[i]!).Value.Content);
        }
    }

    [Fact]
    public async Task Refuses_most_of_what_we_refuse()
    {
        var answers = await Ask(PublishedExamples.Invalid.Select(example => new JsonObject
        {
            ["ask"] = "decode",
            ["invoice"] = example.Text,
            ["network"] = "mainnet",
        }));
        var read = PublishedExamples.Invalid.Where((_, i) => answers[i]!["error"] is null).Select(example => example.Name);
        // The package leaves these rules to the payer.
        Assert.Subset(new HashSet<string> { "unknown feature 100", "no payment secret", "high S with a stated payee", "fallback program of 41 bytes" }, read.ToHashSet());
    }

    /// <summary>A field as one line, from ours and from theirs.</summary>
    static string Told(InvoiceField field) => field is InvoiceField.Features features ? $"features {features.Bits}" : Told(Tag(field));

    static string Told(JsonNode tag)
    {
        var data = tag["data"]!;
        switch ((string)tag["tagName"]!)
        {
            case "feature_bits":
                var extra = data["extra_bits"]!;
                var bits = s_features.SelectMany((name, i) => new[] { ((bool)data[name]!["required"]!, 2 * i), ((bool)data[name]!["supported"]!, 2 * i + 1) })
                    .Concat(extra["bits"]!.AsArray().Select((bit, i) => ((bool)bit!, (int)extra["start_bit"]! + i)))
                    .Where(bit => bit.Item1).Select(bit => bit.Item2);
                return $"features {string.Join(',', bits)}";
            case "fallback_address":
                return $"fallback {data["code"]} {data["addressHash"]}";
            case "unknownTag":
                var words = (string)data["words"]!;
                return $"unknown {data["tagCode"]} {words["unknown1".Length..^6]}";
            default:
                return $"{tag["tagName"]} {data.ToJsonString()}";
        }
    }

    static JsonObject Tag(InvoiceField field) => field switch
    {
        InvoiceField.PaymentHash hash => Tag("payment_hash", hash.Hash.ToString()),
        InvoiceField.PaymentSecret secret => Tag("payment_secret", secret.Secret.ToString()),
        InvoiceField.Description description => Tag("description", description.Text),
        InvoiceField.DescriptionHash hash => Tag("purpose_commit_hash", hash.Hash.ToString()),
        InvoiceField.Payee payee => Tag("payee_node_key", payee.Node.ToString()),
        InvoiceField.Expiry expiry => Tag("expire_time", (long)expiry.Seconds),
        InvoiceField.MinFinalCltvDelta delta => Tag("min_final_cltv_expiry", (long)delta.Blocks),
        InvoiceField.Fallback fallback => Tag("fallback_address", new JsonObject { ["code"] = fallback.Version, ["addressHash"] = fallback.Program.ToString() }),
        InvoiceField.Route route => Tag("routing_info", new JsonArray([.. route.Hops.Hops.Select(hop => new JsonObject
        {
            ["pubkey"] = hop.Node.ToString(),
            ["short_channel_id"] = hop.ShortChannelId.ToString("x16", CultureInfo.InvariantCulture),
            ["fee_base_msat"] = hop.FeeBaseMsat,
            ["fee_proportional_millionths"] = hop.FeeProportionalMillionths,
            ["cltv_expiry_delta"] = hop.CltvExpiryDelta,
        })])),
        InvoiceField.Features features => Tag("feature_bits", FeatureObject(features.Bits)),
        InvoiceField.Metadata metadata => Unknown(27, FieldTags.Letters(Lnvps.Nostr.Encodings.Bech32.ToWords(metadata.Bytes.Span))),
        InvoiceField.Unknown unknown => Unknown(FieldTags.Word(unknown.Tag), unknown.Data),
        _ => throw new InvalidOperationException(field.ToString()),
    };

    static JsonObject Tag(string name, JsonNode data) => new() { ["tagName"] = name, ["data"] = data };

    // The package shows the words of unknown fields with a checksum of their own; only their letters count.
    static JsonObject Unknown(int code, string letters) => Tag("unknownTag", new JsonObject { ["tagCode"] = code, ["words"] = $"unknown1{letters}qqqqqq" });

    static JsonObject FeatureObject(FeatureBits bits)
    {
        var highest = bits.All().Max();
        var start = 2 * s_features.Length;
        var data = new JsonObject { ["word_length"] = highest / 5 + 1 };
        for (var i = 0; i < s_features.Length; i++)
            data[s_features[i]] = new JsonObject { ["required"] = bits.Has(2 * i), ["supported"] = bits.Has(2 * i + 1) };
        if (highest >= start)
        {
            data["extra_bits"] = new JsonObject
            {
                ["start_bit"] = start,
                ["bits"] = new JsonArray([.. Enumerable.Range(start, highest - start + 1).Select(bit => JsonValue.Create(bits.Has(bit)))]),
            };
        }
        return data;
    }
}
