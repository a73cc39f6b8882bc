using Lnvps.Api.Http;
using Lnvps.Api.Http.Contracts;
using Lnvps.Api.Http.Repetition;
using Lnvps.Api.Vms;
using Lnvps.Core.Identity;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Payments;
using Lnvps.Core.Pricing;
using Lnvps.Database.Payments;
using Lnvps.Database.Vms;
using Lnvps.Platform;
using Lnvps.Platform.Payments;
using Lnvps.Platform.Wallets;

namespace Lnvps.Api.Payments;

/// <summary>
/// GET /api/v1/vm/{id}/renew: a payment that extends the VM, an open one again or a new one. A GET with side effects for historical reasons; its event
/// can be used once, because with a wallet it can spend money.
/// </summary>
sealed class RenewVm(Shop shop, OpenRenewal renewals, WalletPayments wallets)
{
    public void Map(Routes routes) => routes.Get("/api/v1/vm/{id}/renew", Access.CustomerOnce, ApiJson.Wire.PaymentView, Handle, Repeatable.By(Opened))
        .Summary("A payment that extends a VM", "An open one again, or a new one. With nwc it is paid from the connected wallet.")
        .Query("method", Form.MethodOrWallet, "How to pay")
        .Query("intervals", """{"type":"integer","minimum":1,"maximum":120,"default":1}""", "How many billing intervals")
        .Errors(ErrorCode.InvalidValue, ErrorCode.PaymentMethodUnusable, ErrorCode.TooFarAhead, ErrorCode.Conflict, ErrorCode.ChangedMeanwhile, ErrorCode.NoCapacity, ErrorCode.NotOffered, ErrorCode.NoExchangeRate, ErrorCode.Unavailable);

    async Task<Result<PaymentView>> Handle(Call call)
    {
        var id = new VmId(call.PathId("id"));
        var count = call.QueryInteger("intervals");
        var caller = call.Caller;
        var vm = VmAccess.Of(await shop.Db.Read(session => session.FindVm(id, call.Stop), call.Stop), caller);
        if (!vm.IsOk)
            return vm.Refusal;
        var isWallet = call.Query("method") == "nwc";
        var method = isWallet ? new Result<PaymentMethod>(PaymentMethod.Lightning) : ReadMethod(call.Query("method"));
        if (!method.IsOk)
            return method.Refusal;
        var intervals = IntervalCount.Check(count);
        if (!intervals.IsOk)
            return intervals.Refusal;
        var payment = isWallet ? await wallets.Renew(id, intervals.Value, call.Stop) : await renewals.Open(id, method.Value, intervals.Value, call.Stop);
        return payment.IsOk ? await shop.View(payment.Value.Id, call.Stop) : payment.Refusal;
    }

    /// <summary>The payment of a first attempt that broke off, paid or not: opened anew once that one is paid, a second one would charge the wallet again.</summary>
    async Task<Result<PaymentView>> Opened(Call call, string made)
    {
        if (!PaymentId.TryParse(made, out var id))
            return Refusal.NotFound("Payment not found");
        if (call.Query("method") == "nwc" && await wallets.GoOn(id, call.Stop) is { IsOk: false } refused)
            return refused.Refusal;
        return await shop.View(id, call.Stop);
    }

    /// <summary>The method of a query; an unknown word never becomes Lightning silently. Whether the company takes it is found when the price is.</summary>
    internal static Result<PaymentMethod> ReadMethod(string? method) => method switch
    {
        null or "lightning" => PaymentMethod.Lightning,
        "revolut" => PaymentMethod.Revolut,
        "nwc" => Refusal.Because(ErrorCode.PaymentMethodUnusable, "A connected wallet pays renewals only"),
        "paypal" or "stripe" => Refusal.NotOffered($"Payment method {method} is not offered"),
        _ => Refusal.Because(ErrorCode.PaymentMethodUnusable, "Unknown payment method"),
    };
}
