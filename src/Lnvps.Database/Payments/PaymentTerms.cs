using System.Globalization;
using Lnvps.Core.Identity;
using Lnvps.Core.Money;
using Lnvps.Core.Taxes;
using Lnvps.Core.Time;
using Lnvps.Database.Sessions;

namespace Lnvps.Database.Payments;

/// <summary>A row of <c>payment_terms</c>: what a payment of either kind was made from, never changed afterwards.</summary>
public sealed record PaymentTermsRow
{
    const int LongestSource = 200;

    public PaymentId PaymentId { get; init; }
    /// <summary>Value of the invoice or order, in the smallest unit of the payment's currency.</summary>
    public ulong Total { get; init; }
    /// <summary>Per cent, decimal text.</summary>
    public string TaxRate { get; init; } = "";
    public string? TaxCountry { get; init; }
    /// <summary>A word of <see cref="TaxTreatments"/>.</summary>
    public string TaxTreatment { get; init; } = "";
    public string? DeclaredCountry { get; init; }
    public string? IpCountry { get; init; }
    public string? VatNumber { get; init; }
    public string? ExchangePair { get; init; }
    public string? ExchangeRate { get; init; }
    public Instant? ExchangeAt { get; init; }
    public string? ExchangeSource { get; init; }

    /// <param name="total">What is charged.</param>
    /// <param name="quote">The rate that turned the list price into the payment's currency; null when none did.</param>
    public static PaymentTermsRow Of(PaymentId id, Money total, TaxDecision tax, RateQuote? quote) => new()
    {
        PaymentId = id,
        Total = total.Amount,
        TaxRate = tax.Rate.Value.ToString(CultureInfo.InvariantCulture),
        TaxCountry = tax.Country,
        TaxTreatment = tax.Treatment.Word(),
        DeclaredCountry = tax.Evidence.DeclaredCountry,
        IpCountry = tax.Evidence.IpCountry,
        VatNumber = tax.Evidence.VatNumber,
        ExchangePair = quote?.Rate.Pair,
        ExchangeRate = quote?.Rate.ToString(),
        ExchangeAt = quote?.At,
        ExchangeSource = quote?.Source is { Length: > LongestSource } source ? source[..LongestSource] : quote?.Source,
    };
}

public static class PaymentTerms
{
    const string Columns = """
        payment_id, total, tax_rate, tax_country, tax_treatment, declared_country, ip_country, vat_number, exchange_pair, exchange_rate, exchange_at, exchange_source
        """;

    /// <summary>Call it in the transaction that inserts the payment.</summary>
    public static Task InsertPaymentTerms(this Session session, PaymentTermsRow terms, CancellationToken stop) =>
        session.Execute($"""
            INSERT INTO payment_terms ({Columns})
            VALUES (@PaymentId, @Total, @TaxRate, @TaxCountry, @TaxTreatment, @DeclaredCountry, @IpCountry, @VatNumber, @ExchangePair, @ExchangeRate, @ExchangeAt, @ExchangeSource)
            """, terms, stop);

    /// <summary>Null for payments made before terms were kept.</summary>
    public static Task<PaymentTermsRow?> FindPaymentTerms(this Session session, PaymentId id, CancellationToken stop) =>
        session.Find<PaymentTermsRow>($"SELECT {Columns} FROM payment_terms WHERE payment_id = @id", new { id }, stop);
}
