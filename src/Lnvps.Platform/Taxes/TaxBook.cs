using Lnvps.Core.Accounts;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Taxes;
using Lnvps.Database.Users;
using Lnvps.Database.Vms;

namespace Lnvps.Platform.Taxes;

/// <summary>The tax rule of this installation: the static table of the configuration, or the EU's place of supply when that is switched on.</summary>
public sealed class TaxBook
{
    readonly TaxTable _table;
    readonly VatRateBook? _vat;

    TaxBook(TaxTable table, VatRateBook? vat) => (_table, _vat) = (table, vat);

    /// <summary>billing.md section 6.1.</summary>
    public static TaxBook Of(TaxTable table) => new(table, vat: null);

    /// <summary>billing.md section 6.4.</summary>
    public static TaxBook Of(VatRateBook rates) => new(TaxTable.Empty, rates);

    /// <summary>The tax of a payment that is being made. 503 while a rate that it needs is not known.</summary>
    public Result<TaxDecision> Decide(TaxSeller seller, TaxEvidence customer)
    {
        if (_vat is not null)
            return PlaceOfSupply.Decide(seller, customer, _vat.Current);
        var country = customer.DeclaredCountry is not null && Country.TryParse(customer.DeclaredCountry, out var declared) ? declared.Alpha3 : null;
        return new TaxDecision(_table.RateFor(country), country, TaxTreatment.Table, customer);
    }

    /// <summary>The tax of a payment for a VM, which the company of its region sells.</summary>
    public Result<TaxDecision> Decide(VmDetailsRow vm, UserRow? customer) => Decide(new TaxSeller(vm.CompanyTaxId, vm.CompanyCountry), EvidenceOf(customer));

    /// <summary>What the account says. A stored VAT number was checked when it was stored.</summary>
    public static TaxEvidence EvidenceOf(UserRow? customer) => customer is null
        ? TaxEvidence.None
        : new TaxEvidence(customer.CountryCode, IpCountry: null, string.IsNullOrWhiteSpace(customer.BillingTaxId) ? null : customer.BillingTaxId);
}
