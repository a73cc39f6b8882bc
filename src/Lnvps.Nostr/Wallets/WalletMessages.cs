using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Lnvps.Core.Identity;
using Lnvps.Nostr.Relays;

namespace Lnvps.Nostr.Wallets;

/// <summary>What a wallet said to a request.</summary>
public abstract record WalletReply
{
    WalletReply()
    {
    }

    /// <summary>The wallet refused or failed, and says so.</summary>
    /// <param name="Code">Such as <c>INSUFFICIENT_BALANCE</c>, <c>QUOTA_EXCEEDED</c>; unknown ones occur.</param>
    /// <param name="Text">The wallet's own words, made harmless.</param>
    public sealed record Error(string Code, string Text) : WalletReply;

    /// <summary>What a connection may do.</summary>
    public sealed record Info(IReadOnlyList<string> Methods) : WalletReply;

    /// <summary>An invoice was paid.</summary>
    /// <param name="Preimage">Proof of payment, if it is 32 bytes.</param>
    /// <param name="FeesPaidMsat">Millisatoshis; null when the wallet does not say.</param>
    public sealed record Paid(Bytes32? Preimage, ulong? FeesPaidMsat) : WalletReply;

    /// <summary>What the wallet knows of an invoice.</summary>
    /// <param name="State">As the wallet names it: <c>pending</c>, <c>settled</c>, <c>failed</c>, <c>expired</c>; null when it does not say.</param>
    /// <param name="IsSettled">It was paid.</param>
    public sealed record Invoice(string? State, bool IsSettled) : WalletReply;
}

/// <summary>The JSON inside of requests to and responses of wallets (NIP-47).</summary>
public static class WalletMessages
{
    public const string GetInfo = "get_info", PayInvoice = "pay_invoice", LookUpInvoice = "lookup_invoice";

    static readonly JsonWriterOptions s_writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A request with text parameters.</summary>
    public static string Request(string method, params ReadOnlySpan<(string Name, string Value)> parameters)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, s_writing))
        {
            json.WriteStartObject();
            json.WriteString("method", method);
            json.WriteStartObject("params");
            foreach (var (name, value) in parameters)
                json.WriteString(name, value);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>Reads the response to <paramref name="method"/>; false for anything else.</summary>
    public static bool TryParse(string method, string json, [NotNullWhen(true)] out WalletReply? reply)
    {
        reply = null;
        try
        {
            using var document = JsonDocument.Parse(json);
            reply = Read(method, document.RootElement);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // Not JSON, or texts with lone surrogates.
        }
        return reply is not null;
    }

    static WalletReply? Read(string method, JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object || Text(root, "result_type") != method)
            return null;
        if (root.TryGetProperty("error", out var error) && error.ValueKind == JsonValueKind.Object)
            return new WalletReply.Error(RelayText.Clean(Text(error, "code") ?? "OTHER"), RelayText.Clean(Text(error, "message") ?? ""));
        if (!root.TryGetProperty("result", out var result) || result.ValueKind != JsonValueKind.Object)
            return null;
        return method switch
        {
            GetInfo => ReadInfo(result),
            PayInvoice => Text(result, "preimage") is { } preimage
                ? new WalletReply.Paid(Bytes32.TryParseHex(preimage, out var bytes) ? bytes : null, Number(result, "fees_paid"))
                : null,
            LookUpInvoice => ReadInvoice(result),
            _ => null,
        };
    }

    static WalletReply.Info? ReadInfo(JsonElement result) =>
        result.TryGetProperty("methods", out var methods) && methods.ValueKind == JsonValueKind.Array
            ? new WalletReply.Info([.. methods.EnumerateArray().Where(name => name.ValueKind == JsonValueKind.String).Select(name => name.GetString()!).Take(100)])
            : null;

    static WalletReply.Invoice ReadInvoice(JsonElement result)
    {
        var state = Text(result, "state");
        // Wallets of before the field existed give a time of settlement, or the proof of payment.
        var settled = state is null
            ? Number(result, "settled_at") > 0 || Text(result, "preimage") is { Length: 64 }
            : string.Equals(state, "settled", StringComparison.OrdinalIgnoreCase);
        return new WalletReply.Invoice(state is null ? null : RelayText.Clean(state), settled);
    }

    static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    static ulong? Number(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetUInt64(out var number) ? number : null;
}
