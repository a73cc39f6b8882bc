using System.Text.Json;
using System.Text.Json.Serialization;
using Lnvps.Core.Payments;
using Lnvps.Core.Time;
using Lnvps.Database.Payments;

namespace Lnvps.Api.Payments;

/// <summary>A payment of a VM (customer-api.md section 4.11).</summary>
sealed record PaymentView(
    string Id,
    uint VmId,
    Instant Created,
    Instant Expires,
    ulong Amount,
    ulong Tax,
    ulong ProcessingFee,
    string Currency,
    bool IsPaid,
    PaymentDataView Data,
    ulong Time,
    bool IsUpgrade,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? UpgradeParams)
{
    /// <param name="externalData">Decrypted provider data; null when it cannot be read, which must not fail a list.</param>
    public static PaymentView Of(VmPaymentRow row, string? externalData) => new(
        row.Id.ToString(),
        row.VmId.Value,
        row.Created,
        row.Expires,
        row.Amount,
        row.Tax,
        row.ProcessingFee,
        row.Currency,
        row.IsPaid,
        PaymentDataView.Of(row.PaymentMethod, externalData),
        row.TimeValue,
        row.PaymentType == VmPaymentKind.Upgrade,
        row.UpgradeParams);
}

/// <summary>How to pay: exactly one key.</summary>
sealed record PaymentDataView
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? Lightning { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public TokenView? Revolut { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public SessionView? Stripe { get; init; }

    public static PaymentDataView Of(PaymentMethod method, string? data) => method switch
    {
        PaymentMethod.Lightning => new PaymentDataView { Lightning = data ?? "" },
        PaymentMethod.Stripe => new PaymentDataView { Stripe = new SessionView(Field(data, "session_id")) },
        _ => new PaymentDataView { Revolut = new TokenView(Field(data, "token")) },
    };

    static string Field(string? json, string name)
    {
        if (json is null)
            return "";
        try
        {
            using var document = JsonDocument.Parse(json);
            return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty(name, out var value)
                && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
        }
        catch (JsonException)
        {
            return "";
        }
    }
}

sealed record TokenView(string Token);

sealed record SessionView(string SessionId);

/// <summary>A way to pay.</summary>
sealed record PaymentMethodView(string Name, List<string> Currencies);
