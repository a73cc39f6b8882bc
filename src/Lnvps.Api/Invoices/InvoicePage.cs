using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;
using Lnvps.Core.Invoices;
using Lnvps.Core.Money;
using Lnvps.Core.Time;

namespace Lnvps.Api.Invoices;

/// <summary>An invoice as a page to print: complete in itself, nothing is fetched from anywhere. Every text in it is escaped.</summary>
static class InvoicePage
{
    const string Style = """
        body{font:14px/1.5 sans-serif;color:#111;background:#fff;max-width:50em;margin:2em auto;padding:0 1em}
        h1{font-size:1.1em;overflow-wrap:anywhere}
        .parties{display:flex;flex-wrap:wrap;gap:3em;margin:1.5em 0}
        h2{font-size:1em;margin:0}
        table{width:100%;border-collapse:collapse}
        th,td{text-align:left;padding:.4em .5em;border-bottom:1px solid #ccc;vertical-align:top}
        .amount{text-align:right;white-space:nowrap}
        .total td{font-weight:bold;border-bottom:none;border-top:2px solid #111}
        .detail{color:#555}
        .key{overflow-wrap:anywhere}
        footer{margin-top:3em;color:#555}
        """;

    static readonly HtmlEncoder Html = HtmlEncoder.Create(UnicodeRanges.All);

    /// <summary>Nothing but this page's own style may be used, and no page may frame it.</summary>
    public static readonly string SecurityPolicy =
        $"default-src 'none'; style-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Style)))}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    /// <param name="generated">Real time: the footer says when the page was made.</param>
    public static string Of(InvoiceDocument invoice, Instant generated)
    {
        var page = new StringBuilder(4096);
        page.Append("<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>")
            .Text(invoice.Id).Append("</title><style>").Append(Style).Append("</style></head>\n<body>\n<h1>Invoice ").Text(invoice.Id).Append("</h1>\n<table>\n");
        Fact(page, "Number", invoice.Number);
        Fact(page, "Date", Day(invoice.Created));
        Fact(page, "Date of payment", invoice.Paid is { } paid ? Day(paid) : null);
        Fact(page, "Status", "Paid");
        Fact(page, "Type", invoice.Kind);
        Fact(page, "Nostr pubkey", invoice.Npub, "key");
        page.Append("</table>\n<div class=\"parties\">\n");
        Party(page, "Bill to", invoice.BillTo);
        if (invoice.Seller is { } seller)
            Party(page, "Seller", seller);
        page.Append("</div>\n<table>\n<thead><tr><th>Description</th><th>Currency</th><th class=\"amount\">Net</th><th class=\"amount\">Tax</th></tr></thead>\n<tbody>\n");
        foreach (var line in invoice.Lines)
            Line(page, line);
        page.Append("</tbody>\n<tfoot>\n");
        Sum(page, "Net", invoice.Net);
        if (invoice.Fee.Amount > 0)
            Sum(page, "Processing fee", invoice.Fee);
        Sum(page, invoice.TaxRate is null ? "Tax" : $"Tax ({invoice.TaxRate} %)", invoice.Tax);
        page.Append("<tr class=\"total\"><td colspan=\"2\">Total</td><td class=\"amount\" colspan=\"2\">").Text(invoice.Total.ToText()).Append("</td></tr>\n</tfoot>\n</table>\n");
        if (invoice.Note is { } note)
            page.Append("<p>").Text(note).Append("</p>\n");
        return page.Append("<footer>").Text($"© {generated.ToDateTimeUtc().Year} LNVPS.net, generated at {generated}").Append("</footer>\n</body>\n</html>\n").ToString();
    }

    static void Fact(StringBuilder page, string name, string? value, string style = "fact")
    {
        if (value is not null)
            page.Append("<tr><th>").Text(name).Append("</th><td class=\"").Append(style).Append("\">").Text(value).Append("</td></tr>\n");
    }

    static void Party(StringBuilder page, string title, InvoiceParty party)
    {
        page.Append("<div><h2>").Text(title).Append("</h2>");
        foreach (var line in party.Lines)
            page.Append("<div>").Text(line).Append("</div>");
        page.Append("</div>\n");
    }

    static void Line(StringBuilder page, InvoiceLine line)
    {
        page.Append("<tr><td>").Text(line.Description);
        foreach (var detail in line.Details)
            page.Append("<div class=\"detail\">").Text(detail).Append("</div>");
        page.Append("</td><td>").Text(line.Net.Currency.Code()).Append("</td><td class=\"amount\">").Text(line.Net.ToText())
            .Append("</td><td class=\"amount\">").Text(line.Tax.ToText()).Append("</td></tr>\n");
    }

    static void Sum(StringBuilder page, string name, Money amount) =>
        page.Append("<tr><td colspan=\"2\">").Text(name).Append("</td><td class=\"amount\" colspan=\"2\">").Text(amount.ToText()).Append("</td></tr>\n");

    static StringBuilder Text(this StringBuilder page, string text) => page.Append(Html.Encode(text));

    static string Day(Instant time) => time.ToDateTimeUtc().ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);
}
