using Lnvps.Core.Identity;
using Lnvps.Core.Money;
using Lnvps.Database.Sessions;

namespace Lnvps.Database.Companies;

/// <summary>What prices need of a company.</summary>
public sealed record CompanyRow
{
    public CompanyId Id { get; init; }
    public string Name { get; init; } = "";
    public Currency BaseCurrency { get; init; }
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
}
