using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Lnvps.Platform.Payments.Revolut;

/// <summary>
/// An order of the merchant API as far as the shop reads it. Unknown fields and words are kept or ignored, never an error; only an id must be there.
/// </summary>
public sealed record RevolutOrder
{
    /// <summary>What fits into the column of an encrypted text.</summary>
    const int MostStored = 32 * 1024;

    public required string Id { get; init; }

    /// <summary>Opens the hosted checkout; may be missing once the order is over.</summary>
    public string? Token { get; init; }

    /// <summary>In lower case; empty when missing.</summary>
    public string State { get; init; } = "";

    /// <summary>In the minor unit of ISO 4217; null when missing.</summary>
    public ulong? Amount { get; init; }

    /// <summary>Upper case; empty when missing.</summary>
    public string Currency { get; init; } = "";

    /// <summary>Alpha-2 country of the first payment's card.</summary>
    public string? CardCountry { get; init; }

    /// <summary>The order as received, or its main fields when it is too long for the column.</summary>
    public required string Stored { get; init; }

    public bool IsCompleted => State == "completed";

    /// <summary>It cannot be paid any more.</summary>
    public bool IsOver => State is "cancelled" or "failed";

    /// <summary>Null when the text is no order.</summary>
    public static RevolutOrder? Read(ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonNode.Parse(json) is JsonObject order && Text(order, "id") is { } id ? Read(order, id) : null;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or ArgumentException)
        {
            // Doubled keys and broken surrogates surface only when the object is read.
            return null;
        }
    }

    static RevolutOrder Read(JsonObject order, string id)
    {
        var token = Text(order, "token");
        var amount = order["amount"] is JsonValue number && ulong.TryParse(number.ToJsonString(), NumberStyles.None, CultureInfo.InvariantCulture, out var units)
            ? units
            : (ulong?)null;
        var whole = order.ToJsonString();
        return new RevolutOrder
        {
            Id = id,
            Token = token,
            State = Text(order, "state")?.ToLowerInvariant() ?? "",
            Amount = amount,
            Currency = Text(order, "currency")?.ToUpperInvariant() ?? "",
            CardCountry = order["payments"] is JsonArray { Count: > 0 } payments && payments[0] is JsonObject first && first["payment_method"] is JsonObject method
                ? Text(method, "card_country_code")
                : null,
            Stored = Encoding.UTF8.GetByteCount(whole) <= MostStored
                ? whole
                : new JsonObject { ["id"] = id, ["token"] = token, ["state"] = Text(order, "state"), ["amount"] = amount, ["currency"] = Text(order, "currency") }.ToJsonString(),
        };
    }

    static string? Text(JsonObject from, string key) => from[key] is JsonValue value && value.TryGetValue<string>(out var text) && text.Length > 0 ? text : null;
}
