using Lnvps.Core.Time;

namespace Lnvps.Core.Invoices;

using Lnvps.Core.Money;

/// <summary>One of the two parties of an invoice; what is null or blank is left out.</summary>
public sealed record InvoiceParty(
    string? Name, string? Address1, string? Address2, string? City, string? State, string? Postcode, string? CountryCode, string? TaxId)
{
    /// <summary>The lines to print, in order.</summary>
    public IEnumerable<string> Lines => new[] { Name, Address1, Address2, City, State, Postcode, CountryCode, TaxId }.Where(line => !string.IsNullOrWhiteSpace(line)).Select(line => line!);
}

/// <param name="Details">Further texts below the description.</param>
public sealed record InvoiceLine(string Description, IReadOnlyList<string> Details, Money Net, Money Tax);

/// <summary>Everything an invoice says (billing.md section 21), before it takes a form.</summary>
public sealed record InvoiceDocument
{
    /// <summary>The payment's id, 64 hex digits: title and identity of the invoice.</summary>
    public required string Id { get; init; }

    /// <summary>Number in the sequence of the company; null for old payments.</summary>
    public string? Number { get; init; }

    /// <summary>When the payment was made out.</summary>
    public required Instant Created { get; init; }

    /// <summary>When it was completed; null for old payments.</summary>
    public Instant? Paid { get; init; }

    /// <summary><c>Renewal</c>, <c>Upgrade</c> or <c>Purchase</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>The customer's key.</summary>
    public required string Npub { get; init; }

    public required InvoiceParty BillTo { get; init; }

    /// <summary>Null when the company is gone.</summary>
    public InvoiceParty? Seller { get; init; }

    public required IReadOnlyList<InvoiceLine> Lines { get; init; }

    public required Money Net { get; init; }

    public required Money Tax { get; init; }

    public required Money Fee { get; init; }

    /// <summary>Per cent as decimal text; null for old payments.</summary>
    public string? TaxRate { get; init; }

    /// <summary>What the law wants said; null = nothing.</summary>
    public string? Note { get; init; }

    /// <summary>What was paid: net, tax and fee.</summary>
    public Money Total => Net + Tax + Fee;
}
