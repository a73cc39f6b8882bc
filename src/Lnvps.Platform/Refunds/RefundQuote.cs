using Lnvps.Core.Identity;
using Lnvps.Core.Money;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Payments;
using Lnvps.Core.Time;
using Lnvps.Database.Addresses;
using Lnvps.Database.Refunds;
using Lnvps.Database.Sessions;
using Lnvps.Database.Vms;
using Lnvps.Platform.Vms;

namespace Lnvps.Platform.Refunds;

/// <summary>What may be given back for the unused time of a VM (billing.md section 17).</summary>
/// <param name="Amount">As it is paid out; Lightning: whole satoshi.</param>
/// <param name="Listed">The same in the currency of the price list, before rounding for the method.</param>
/// <param name="Expires">The VM's expiry.</param>
/// <param name="SecondsLeft">From the date of the refund to the expiry.</param>
public sealed record RefundQuote(Money Amount, Money Listed, Instant Expires, long SecondsLeft)
{
    /// <summary>404: no such VM; 409: deleted, or expired at <paramref name="from"/>; 400: a BTC price with Revolut; 501: PayPal, Stripe; 503: a rate is missing.</summary>
    /// <param name="except">An intent that is not counted as refunded before: the one that is asked about.</param>
    public static async Task<Result<RefundQuote>> Of(Session session, VmId id, PaymentMethod method, Instant from, ExchangeRates rates, Bytes32? except, CancellationToken stop)
    {
        var vm = await session.FindVmDetails(id, stop);
        if (vm is null)
            return Refusal.NotFound("VM not found");
        if (vm.Deleted)
            return Refusal.Conflict("VM is deleted");
        if (vm.Expires <= from)
            return Refusal.Conflict("VM has no time left to refund");
        var price = VmPrice.Of(vm, await session.ListAddresses(id, stop));
        if (!price.IsOk)
            return price.Refusal;
        var paid = new List<Money>();
        foreach (var sum in await session.SumPaid(id, stop))
        {
            if (Currencies.TryParse(sum.Currency, out var currency))
                paid.Add(new Money((ulong)sum.Amount, currency));
        }
        var refunded = (await session.ListRefunds(id, stop)).Where(refund => refund.PaymentHash != except)
            .Select(refund => Currencies.TryParse(refund.ListCurrency, out var currency) ? new Money(refund.ListAmount, currency) : default);
        var seconds = vm.Expires.SecondsSince(from);
        return Refund.Left(paid, refunded, price.Value.Amount.Currency, rates)
            .Then(left => Refund.Amount(price.Value, seconds, left))
            .Then(listed => Refund.PayOut(method, listed, rates).Then(amount => new RefundQuote(amount, listed, vm.Expires, seconds)));
    }
}
