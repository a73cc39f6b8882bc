using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Lnvps.Api.Http;
using Lnvps.Api.Http.Contracts;
using Lnvps.Core.Identity;
using Lnvps.Core.Money;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Payments;
using Lnvps.Platform;
using Lnvps.Platform.Payments;

namespace Lnvps.Api.Payments;

/// <summary>First answer of LNURL-pay (LUD-06); no other keys, strict wallets refuse them.</summary>
sealed record LnurlOfferView(
    [property: JsonPropertyName("callback")] string Callback,
    [property: JsonPropertyName("maxSendable")] ulong MaxSendable,
    [property: JsonPropertyName("minSendable")] ulong MinSendable,
    [property: JsonPropertyName("tag"), Words("payRequest")] string Tag,
    [property: JsonPropertyName("metadata")] string Metadata);

sealed record LnurlInvoiceView(string Pr, List<string> Routes);

sealed record LnurlErrorView([property: Words("ERROR")] string Status, string Reason);

/// <summary>
/// LNURL-pay for a VM: <c>/.well-known/lnurlp/{id}</c> and its callback. Anyone may pay for any VM; nothing about it is told. Errors are LUD-06's own form
/// with status 200.
/// </summary>
sealed class PayByLnurl(Shop shop, OpenTopUp topUps)
{
    public void Map(Routes routes)
    {
        routes.Document("/.well-known/lnurlp/{id}", Access.Public, context => Answer(context, Offer))
            .Summary("LNURL-pay: terms of extending a VM", "LUD-06 and LUD-16. Its errors have status 200 too.")
            .GivesBare(ApiJson.Wire.LnurlOfferView, ApiJson.Wire.LnurlErrorView);
        routes.Document("/api/v1/vm/{id}/renew-lnurlp", Access.Public, context => Answer(context, Invoice))
            .Summary("LNURL-pay: an invoice", "Its errors have status 200 too.").Query("amount", Form.Count, "Millisatoshi, as much as is to be paid", isRequired: true)
            .GivesBare(ApiJson.Wire.LnurlInvoiceView, ApiJson.Wire.LnurlErrorView);
    }

    async Task<Result<byte[]>> Offer(Call call)
    {
        var terms = await topUps.Terms(Vm(call), call.Stop);
        return terms.Then(offered => JsonSerializer.SerializeToUtf8Bytes(new LnurlOfferView(
            new Uri(shop.Settings.PublicUrl, $"/api/v1/vm/{Vm(call)}/renew-lnurlp").AbsoluteUri,
            offered.MaxSendable.Value, offered.MinSendable.Value, "payRequest", LnurlTerms.Metadata(Vm(call))), ApiJson.Wire.LnurlOfferView));
    }

    async Task<Result<byte[]>> Invoice(Call call)
    {
        if (!ulong.TryParse(call.Query("amount"), NumberStyles.None, CultureInfo.InvariantCulture, out var amount))
            return Refusal.Invalid("amount must be a number of millisatoshi");
        var invoice = await topUps.Open(Vm(call), new Msat(amount), call.Stop);
        return invoice.Then(text => JsonSerializer.SerializeToUtf8Bytes(new LnurlInvoiceView(text, []), ApiJson.Wire.LnurlInvoiceView));
    }

    static VmId Vm(Call call) => uint.TryParse(call.PathText("id"), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? new VmId(id) : default;

    static async Task Answer(HttpContext context, Func<Call, Task<Result<byte[]>>> handle)
    {
        Result<byte[]> result;
        try
        {
            result = await handle(new Call(context));
        }
        catch (Exception error) when (error is OutsideFault or System.Data.Common.DbException)
        {
            result = Refusal.Failed("No invoice can be made at the moment");
        }
        var body = result.IsOk ? result.Value : JsonSerializer.SerializeToUtf8Bytes(new LnurlErrorView("ERROR", result.Refusal.Message), ApiJson.Wire.LnurlErrorView);
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = body.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
            await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }
}
