using Lnvps.Api.Http.Contracts;
using System.Text.Json;
using System.Text.Json.Serialization;
using Lnvps.Api.Offers;
using Lnvps.Api.Payments;
using Lnvps.Core.Catalogue;
using Lnvps.Core.Payments;
using Lnvps.Core.Subscriptions;
using Lnvps.Core.Time;
using Lnvps.Database.Subscriptions;

namespace Lnvps.Api.Subscriptions;

/// <summary>A line of a subscription.</summary>
/// <param name="Price">Per month.</param>
/// <param name="SetupFee">Once, with the first payment.</param>
sealed record LineItemView(
    uint Id, uint SubscriptionId, string Name, string? Description, PriceView Price, PriceView SetupFee, JsonElement? Configuration)
{
    public static LineItemView Of(LineItemRow row, string currency) => new(
        row.Id.Value, row.SubscriptionId.Value, row.Name, row.Description, new PriceView(currency, row.Amount), new PriceView(currency, row.SetupAmount), Json(row.Configuration));

    /// <summary>Null when an operator wrote something that is no JSON.</summary>
    static JsonElement? Json(string? text)
    {
        if (text is null)
            return null;
        try
        {
            using var document = JsonDocument.Parse(text);
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>A subscription (customer-api.md section 4.18).</summary>
/// <param name="Expires">Null until first paid.</param>
sealed record SubscriptionView(
    uint Id, string Name, string? Description, Instant Created, Instant? Expires, bool IsActive, bool AutoRenewalEnabled, List<LineItemView> LineItems)
{
    public static SubscriptionView Of(SubscriptionRow row, IEnumerable<LineItemRow> lines) => new(
        row.Id.Value, row.Name, row.Description, row.Created, row.Expires, row.IsActive, row.AutoRenewalEnabled, [.. lines.Select(line => LineItemView.Of(line, row.Currency))]);
}

/// <summary>A payment of a subscription (customer-api.md section 4.19). The keys from <c>total</c> on say what it was made from.</summary>
sealed record SubscriptionPaymentView(
    [property: Form(Form.Hash)] string Id,
    uint SubscriptionId,
    Instant Created,
    Instant Expires,
    PriceView Amount,
    [property: Words(typeof(PaymentMethod))] string PaymentMethod,
    [property: Words(typeof(SubscriptionPaymentKind))] string PaymentType,
    bool IsPaid,
    PriceView Tax,
    PriceView ProcessingFee,
    PaymentDataView Data,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] ulong? Total,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] PaymentTaxView? TaxDetails,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] ExchangeView? ExchangeRate)
{
    /// <param name="externalData">Decrypted provider data; null when it cannot be read, which must not fail a list.</param>
    public static SubscriptionPaymentView Of(SubscriptionPaymentRow row, string? externalData) => new(
        row.Id.ToString(),
        row.SubscriptionId.Value,
        row.Created,
        row.Expires,
        new PriceView(row.Currency, row.Amount),
        row.PaymentMethod.WireName(),
        row.PaymentType.ToString(), // capitalised, unlike all others
        row.IsPaid,
        new PriceView(row.Currency, row.Tax),
        new PriceView(row.Currency, row.ProcessingFee),
        PaymentDataView.Of(row.PaymentMethod, externalData),
        row.Total,
        PaymentTaxView.Of(row),
        ExchangeView.Of(row));
}

/// <summary>A piece of an address block that the customer has or had (customer-api.md section 4.21).</summary>
sealed record IpRangeView(uint Id, string Cidr, bool IsActive, Instant StartedAt, Instant? EndedAt, string ParentCidr)
{
    public static IpRangeView Of(AllocationRow row) => new(row.Id.Value, row.Cidr, row.IsActive, row.StartedAt, row.EndedAt, row.ParentCidr);
}

/// <summary>An address block for sale; the block itself is never told (customer-api.md section 4.20).</summary>
sealed record IpSpaceView(uint Id, ushort MinPrefixSize, ushort MaxPrefixSize,
    [property: Words(typeof(InternetRegistry))] string Registry, [property: Words("ipv4", "ipv6")] string IpVersion, List<SpacePriceView> Pricing);

/// <summary>Price of one size of piece.</summary>
sealed record SpacePriceView(uint Id, ushort PrefixSize, PriceView Price, PriceView SetupFee, List<PriceView> OtherPrice, List<PriceView> OtherSetupFee);
