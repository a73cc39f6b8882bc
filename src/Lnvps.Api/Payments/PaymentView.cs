using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Lnvps.Api.Http.Contracts;
using Lnvps.Core.Money;
using Lnvps.Core.Payments;
using Lnvps.Core.Time;
using Lnvps.Database.Payments;

namespace Lnvps.Api.Payments;

/// <summary>
/// A payment of a VM (customer-api.md section 4.11). The keys from <c>total</c> on say what it was made from; payments of old databases lack them.
/// </summary>
/// <param name="Id">The payment hash with Lightning.</param>
/// <param name="Expires">Until when it can be paid.</param>
/// <param name="Amount">Net, in the smallest unit of the currency, as tax and fee.</param>
/// <param name="Time">Seconds that are added when it is paid; 0 for an upgrade.</param>
/// <param name="UpgradeParams">JSON text with new_cpu, new_memory and new_disk; only on upgrades.</param>
/// <param name="Total">What is charged.</param>
sealed record PaymentView(
    [property: Form(Form.Hash)] string Id,
    uint VmId,
    Instant Created,
    Instant Expires,
    ulong Amount,
    ulong Tax,
    ulong ProcessingFee,
    [property: Words(typeof(Currency))] string Currency,
    bool IsPaid,
    PaymentDataView Data,
    ulong Time,
    bool IsUpgrade,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? UpgradeParams,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] ulong? Total,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] PaymentTaxView? TaxDetails,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] ExchangeView? ExchangeRate)
{
    /// <param name="externalData">Decrypted provider data; null when it cannot be read, which must not fail a list.</param>
    public static PaymentView Of(OwnedPaymentRow row, string? externalData) => new(
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
        row.UpgradeParams,
        row.Total,
        PaymentTaxView.Of(row),
        ExchangeView.Of(row));
}

/// <summary>The tax of a payment.</summary>
/// <param name="Rate">Per cent.</param>
/// <param name="Country">Alpha-3 of the country that decided; null when none did.</param>
/// <param name="Treatment"><c>table</c>, <c>domestic</c>, <c>reverse_charge</c>, <c>oss_b2c</c>, <c>out_of_scope</c> or <c>undetermined_default</c>.</param>
sealed record PaymentTaxView(decimal Rate, string? Country, [property: Words("table", "domestic", "reverse_charge", "oss_b2c", "out_of_scope", "undetermined_default")] string Treatment)
{
    public static PaymentTaxView? Of(IPaymentTerms row) =>
        row.TaxTreatment is not null && decimal.TryParse(row.TaxRate, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var rate)
            ? new PaymentTaxView(rate, row.TaxCountry, row.TaxTreatment)
            : null;
}

/// <summary>The exchange rate that turned the list price into the payment's currency; absent when none did.</summary>
/// <param name="Pair">Such as <c>BTC/EUR</c>.</param>
/// <param name="Rate">Whole units of the second currency for one bitcoin.</param>
/// <param name="Source">Host of the source.</param>
sealed record ExchangeView(string Pair, decimal Rate, Instant Time, string Source)
{
    public static ExchangeView? Of(IPaymentTerms row) =>
        row is { ExchangePair: { } pair, ExchangeAt: { } at, ExchangeSource: { } source }
        && decimal.TryParse(row.ExchangeRate, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var rate)
            ? new ExchangeView(pair, rate, at, source)
            : null;
}

/// <summary>How to pay: exactly one key.</summary>
[Form(Form.OneKey)]
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
/// <param name="Metadata">What a client needs in order to offer it.</param>
sealed record PaymentMethodView(
    [property: Words("lightning", "nwc", "revolut")] string Name, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Dictionary<string, string>? Metadata, List<string> Currencies);
