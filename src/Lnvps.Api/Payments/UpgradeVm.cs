using Lnvps.Api.Http;
using Lnvps.Api.Http.Contracts;
using Lnvps.Api.Http.Repetition;
using Lnvps.Api.Offers;
using Lnvps.Api.Vms;
using Lnvps.Core.Identity;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Payments;
using Lnvps.Core.Sizes;
using Lnvps.Database.Payments;
using Lnvps.Database.Vms;
using Lnvps.Platform;
using Lnvps.Platform.Payments;

namespace Lnvps.Api.Payments;

/// <summary>New totals; what is absent or null stays as it is.</summary>
sealed record UpgradeBody
{
    public ushort? Cpu { get; init; }
    public ulong? Memory { get; init; }
    public ulong? Disk { get; init; }

    internal UpgradeWish Wish => new(Cpu, Memory is { } memory ? new Bytes(memory) : null, Disk is { } disk ? new Bytes(disk) : null);
}

/// <summary>What an upgrade costs; all amounts in the currency of the method. Cost, renewal and discount are net.</summary>
sealed record UpgradeQuoteView(PriceView CostDifference, PriceView NewRenewalCost, PriceView Discount, ulong Tax, ulong ProcessingFee)
{
    public static UpgradeQuoteView Of(UpgradeOffer offer) =>
        new(PriceView.Of(offer.Cost), PriceView.Of(offer.NewRenewal), PriceView.Of(offer.Discount), offer.Tax.Amount, offer.Fee.Amount);
}

/// <summary>
/// POST /api/v1/vm/{id}/upgrade/quote tells what a larger size costs for the time that is left; POST /api/v1/vm/{id}/upgrade makes a payment for it. The machine
/// grows once that is paid.
/// </summary>
sealed class UpgradeVm(Shop shop, OpenUpgrade upgrades)
{
    public void Map(Routes routes)
    {
        routes.Post("/api/v1/vm/{id}/upgrade/quote", Access.CustomerOnce, ApiJson.Wire.UpgradeQuoteView, Quote, Repeatable.Always)
            .Summary("What a larger size costs", "For the time that is left.")
            .Query("method", Form.MethodOrWallet, "How it would be paid").Body(ApiJson.Wire.UpgradeBody)
            .Errors(ErrorCode.PaymentMethodUnusable, ErrorCode.InvalidValue, ErrorCode.NotAnUpgrade, ErrorCode.SizeOutOfRange, ErrorCode.PaymentRequired, ErrorCode.NoCapacity, ErrorCode.Conflict, ErrorCode.ChangedMeanwhile, ErrorCode.NotOffered, ErrorCode.NoExchangeRate, ErrorCode.Unavailable, ErrorCode.ReadOnly);
        routes.Post("/api/v1/vm/{id}/upgrade", Access.CustomerOnce, ApiJson.Wire.PaymentView, Upgrade, Repeatable.By(Opened))
            .Summary("A payment for a larger size", "The machine grows, and restarts, once it is paid.")
            .Query("method", Form.Method, "How to pay").Body(ApiJson.Wire.UpgradeBody)
            .Errors(ErrorCode.PaymentMethodUnusable, ErrorCode.InvalidValue, ErrorCode.NotAnUpgrade, ErrorCode.SizeOutOfRange, ErrorCode.PaymentRequired, ErrorCode.NoCapacity, ErrorCode.Conflict, ErrorCode.ChangedMeanwhile, ErrorCode.NotOffered, ErrorCode.NoExchangeRate, ErrorCode.Unavailable, ErrorCode.ReadOnly);
    }

    async Task<Result<UpgradeQuoteView>> Quote(Call call)
    {
        var asked = await Read(call, isQuote: true);
        if (!asked.IsOk)
            return asked.Refusal;
        var (vm, wish, method) = asked.Value;
        return (await upgrades.Quote(vm, wish, method, call.Stop)).Then(UpgradeQuoteView.Of);
    }

    async Task<Result<PaymentView>> Upgrade(Call call)
    {
        var asked = await Read(call, isQuote: false);
        if (!asked.IsOk)
            return asked.Refusal;
        var (vm, wish, method) = asked.Value;
        var payment = await upgrades.Open(vm, wish, method, call.Stop);
        return payment.IsOk ? await shop.View(payment.Value.Id, call.Stop) : payment.Refusal;
    }

    async Task<Result<PaymentView>> Opened(Call call, string made) =>
        PaymentId.TryParse(made, out var id) ? await shop.View(id, call.Stop) : Refusal.NotFound("Payment not found");

    async Task<Result<(VmId Vm, UpgradeWish Wish, PaymentMethod Method)>> Read(Call call, bool isQuote)
    {
        var id = new VmId(call.PathId("id"));
        var caller = call.Caller;
        var body = await call.Body(ApiJson.Wire.UpgradeBody);
        var vm = VmAccess.Of(await shop.Db.Read(session => session.FindVm(id, call.Stop), call.Stop), caller);
        if (!vm.IsOk)
            return vm.Refusal;
        var method = call.Query("method");
        // A wallet pays a Lightning invoice, so it is quoted as one.
        return RenewVm.ReadMethod(isQuote && method == "nwc" ? null : method).Then(known => (id, body.Wish, known));
    }
}
