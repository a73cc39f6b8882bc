using Lnvps.Api.Http;
using Lnvps.Api.Http.Contracts;
using Lnvps.Api.Http.Repetition;
using Lnvps.Api.Payments;
using Lnvps.Core.Identity;
using Lnvps.Core.Outcomes;
using Lnvps.Database.Subscriptions;
using Lnvps.Platform;
using Lnvps.Platform.Subscriptions;

namespace Lnvps.Api.Subscriptions;

/// <summary>
/// GET /api/v1/subscriptions/{id}/renew: a payment for a month, an open one again or a new one (a GET with side effects for historical reasons), and
/// GET /api/v1/subscriptions/{id}/payments.
/// </summary>
sealed class PaySubscription(Shop shop, OpenSubscriptionPayment payments)
{
    public void Map(Routes routes)
    {
        routes.Get("/api/v1/subscriptions/{id}/renew", Access.CustomerOnce, ApiJson.Wire.SubscriptionPaymentView, Renew, Repeatable.By(Opened))
            .Summary("A payment for a month", "An open one again, or a new one.")
            .Query("method", Form.Method, "How to pay")
            .Errors(ErrorCode.InvalidValue, ErrorCode.PaymentMethodUnusable, ErrorCode.TooFarAhead, ErrorCode.ChangedMeanwhile, ErrorCode.NotOffered, ErrorCode.NoExchangeRate, ErrorCode.Unavailable);
        routes.GetPage("/api/v1/subscriptions/{id}/payments", Access.Customer, ApiJson.Wire.ListSubscriptionPaymentView, All).Summary("Payments of a subscription", "Newest first.");
    }

    async Task<Result<SubscriptionPaymentView>> Renew(Call call)
    {
        var id = new SubscriptionId(call.PathId("id"));
        var caller = call.Caller;
        var row = SubscriptionAccess.Of(await shop.Db.Read(session => session.FindSubscription(id, call.Stop), call.Stop), caller);
        if (!row.IsOk)
            return row.Refusal;
        var method = RenewVm.ReadMethod(call.Query("method"));
        return method.IsOk ? (await payments.Open(id, method.Value, call.Stop)).Then(View) : method.Refusal;
    }

    /// <summary>The payment of a first attempt that broke off, paid or not.</summary>
    async Task<Result<SubscriptionPaymentView>> Opened(Call call, string made) =>
        PaymentId.TryParse(made, out var id) && await shop.Db.Read(session => session.FindSubscriptionPayment(id, call.Stop), call.Stop) is { } row
            ? View(row)
            : Refusal.NotFound("Payment not found");

    Task<Result<Page<SubscriptionPaymentView>>> All(Call call, Paging paging)
    {
        var id = new SubscriptionId(call.PathId("id"));
        var caller = call.Caller;
        return shop.Db.Read<Result<Page<SubscriptionPaymentView>>>(async session =>
        {
            var row = SubscriptionAccess.Of(await session.FindSubscription(id, call.Stop), caller);
            if (!row.IsOk)
                return row.Refusal;
            var rows = await session.ListSubscriptionPayments(id, paging.Limit, paging.Offset, call.Stop);
            return new Page<SubscriptionPaymentView>(rows.ConvertAll(View), await session.CountSubscriptionPayments(id, call.Stop));
        }, call.Stop);
    }

    SubscriptionPaymentView View(SubscriptionPaymentRow row) => SubscriptionPaymentView.Of(row, shop.Db.Cipher.TryOpen(row.ExternalData, out var data) ? data : null);
}
