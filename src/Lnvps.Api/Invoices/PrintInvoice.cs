using System.Text;
using Lnvps.Api.Http;
using Lnvps.Api.Http.Contracts;
using Lnvps.Core.Identity;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Time;
using Lnvps.Platform;
using Lnvps.Platform.Invoices;

namespace Lnvps.Api.Invoices;

/// <summary>
/// GET /api/v1/payment/{id}/invoice?auth=: the invoice of a paid payment of the caller as a page to print. The signed event comes in the query, because a browser
/// opens the page by itself; it can be used once.
/// </summary>
sealed class PrintInvoice(Shop shop, WriteInvoice invoices)
{
    public void Map(Routes routes) => routes.Document("/api/v1/payment/{id}/invoice", Access.CustomerByQuery, Handle)
        .Summary("Invoice of a paid payment, as a page to print").Path("id", Form.AnyHash, "Number of the payment")
        .Gives("text/html").Errors(ErrorCode.Conflict);

    async Task Handle(HttpContext context)
    {
        var call = new Call(context);
        if (!PaymentId.TryParse(call.PathText("id"), out var id))
        {
            await Reply.Refused(context, Refusal.Because(ErrorCode.InvalidParameter, "Invalid payment id"));
            return;
        }
        var invoice = await invoices.Of(id, call.Caller, call.Stop);
        if (!invoice.IsOk)
        {
            await Reply.Refused(context, invoice.Refusal);
            return;
        }
        var body = Encoding.UTF8.GetBytes(InvoicePage.Of(invoice.Value, Instant.From(shop.Time.GetUtcNow())));
        context.Response.Headers.ContentSecurityPolicy = InvoicePage.SecurityPolicy;
        context.Response.ContentType = "text/html; charset=utf-8";
        context.Response.ContentLength = body.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
            await context.Response.Body.WriteAsync(body, call.Stop);
    }
}
