using Lnvps.Core.Identity;
using Lnvps.Core.Money;
using Lnvps.Core.Payments;
using Lnvps.Database.Sessions;

namespace Lnvps.Database.Companies;

/// <summary>What prices need of a company.</summary>
public sealed record CompanyRow
{
    public CompanyId Id { get; init; }
    public string Name { get; init; } = "";
    public Currency BaseCurrency { get; init; }
}

/// <summary>Fee columns of a payment provider (billing.md section 7); null = no fee.</summary>
public sealed record ProviderFeeRow
{
    public uint Id { get; init; }
    public float? ProcessingFeeRate { get; init; }
    public ulong? ProcessingFeeBase { get; init; }
    public string? ProcessingFeeCurrency { get; init; }
}

/// <summary>A selling company as prices, taxes and invoices need it; empty texts are not told from absent ones.</summary>
public sealed record SellerRow
{
    public CompanyId Id { get; init; }
    public string Name { get; init; } = "";
    public string BaseCurrency { get; init; } = "";
    public string? Address1 { get; init; }
    public string? Address2 { get; init; }
    public string? City { get; init; }
    public string? State { get; init; }
    public string? Postcode { get; init; }
    public string? CountryCode { get; init; }
    public string? TaxId { get; init; }
}

public static class Companies
{
    public static Task<SellerRow?> FindSeller(this Session session, CompanyId id, CancellationToken stop) =>
        session.Find<SellerRow>("""
            SELECT id, name, base_currency, address_1, address_2, city, state, postcode, country_code, tax_id FROM company WHERE id = @id
            """, new { id }, stop);

    /// <summary>The company that sells a region's machines.</summary>
    public static Task<CompanyRow?> FindCompanyOfRegion(this Session session, RegionId region, CancellationToken stop) =>
        session.Find<CompanyRow>("""
            SELECT c.id, c.name, c.base_currency FROM company c JOIN vm_host_region r ON r.company_id = c.id WHERE r.id = @region
            """, new { region }, stop);

    /// <summary>The provider in force of a company and method: the enabled one with the lowest id.</summary>
    public static Task<ProviderFeeRow?> FindProviderFee(this Session session, CompanyId company, PaymentMethod method, CancellationToken stop) =>
        session.Find<ProviderFeeRow>("""
            SELECT id, processing_fee_rate, processing_fee_base, processing_fee_currency FROM payment_method_config
            WHERE company_id = @company AND payment_method = @method AND enabled = 1 ORDER BY id LIMIT 1
            """, new { company, method }, stop);
}
