using Lnvps.Core.Identity;
using Lnvps.Core.Time;
using Lnvps.Database.Sessions;

namespace Lnvps.Database.Invoices;

/// <summary>A row of <c>invoice</c>.</summary>
public sealed record InvoiceRow
{
    public PaymentId PaymentId { get; init; }
    public CompanyId CompanyId { get; init; }
    /// <summary>1, 2, 3 … of the company.</summary>
    public uint Number { get; init; }
    /// <summary>When the payment was completed.</summary>
    public Instant Issued { get; init; }

    /// <summary>As people read it: company and number.</summary>
    public string Text => $"{CompanyId}-{Number:000000}";
}

public static class InvoiceNumbers
{
    /// <summary>Null for payments completed before numbers were given, or by another program.</summary>
    public static Task<InvoiceRow?> FindInvoice(this Session session, PaymentId payment, CancellationToken stop) =>
        session.Find<InvoiceRow>("SELECT payment_id, company_id, number, issued FROM invoice WHERE payment_id = @payment", new { payment }, stop);

    /// <summary>Gives a payment the next number of its company; whoever else completes one of that company waits until the transaction ends.</summary>
    public static async Task NumberInvoice(this Session session, PaymentId payment, CompanyId company, Instant now, CancellationToken stop)
    {
        const string Next = "UPDATE invoice_counter SET last_number = last_number + 1 WHERE company_id = @company";
        if (await session.Execute(Next, new { company }, stop) == 0)
        {
            await session.Execute(session.Dialect.InsertOrKeep("invoice_counter", "company_id, last_number", "@company, 0", "company_id"), new { company }, stop);
            await session.Execute(Next, new { company }, stop);
        }
        await session.Execute("""
            INSERT INTO invoice (payment_id, company_id, number, issued)
            SELECT @payment, company_id, last_number, @now FROM invoice_counter WHERE company_id = @company
            """, new { payment, company, now }, stop);
    }
}
