using Lnvps.Core.Time;

namespace Lnvps.Database.Payments;

/// <summary>What a payment of either kind was made from; all null on payments made before it was kept.</summary>
public interface IPaymentTerms
{
    ulong? Total { get; }
    string? TaxRate { get; }
    string? TaxCountry { get; }
    string? TaxTreatment { get; }
    string? ExchangePair { get; }
    string? ExchangeRate { get; }
    Instant? ExchangeAt { get; }
    string? ExchangeSource { get; }
}
