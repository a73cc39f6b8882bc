using Lnvps.Core.Identity;
using Lnvps.Core.Money;
using Lnvps.Core.Payments;
using Lnvps.Core.Workflows;
using Lnvps.Lightning.Nodes;
using Lnvps.Platform.Payments.Revolut;
using Lnvps.Platform.Refunds;

namespace Lnvps.Api.Tests.Simulation;

/// <summary>Cards and refunds.</summary>
sealed partial class Life
{
    readonly List<Checkout> _checkouts = [];
    readonly List<Checkout> _untold = [];
    readonly List<Checkout> _told = [];
    readonly List<Bytes32> _wronglyPaid = [];
    readonly List<AskedRefund> _refunds = [];
    bool _byCard;

    PaymentMethod ChooseMethod() => Random.Next(4) == 0 ? PaymentMethod.Revolut : PaymentMethod.Lightning;

    async Task BuyByCard()
    {
        await PayByCard();
        await TellOfCard();
    }

    /// <summary>Rarely another amount than was asked for: nothing is credited then.</summary>
    Task PayByCard()
    {
        if (Pick(_checkouts) is { } checkout)
        {
            var isWrong = Random.Next(12) == 0;
            _story.Add(isWrong ? "pay wrongly by card" : "pay by card");
            if (shop.Cards.Pay(checkout.Order, more: isWrong ? 1UL : 0))
            {
                shop.Chances.Tally.Add(isWrong ? "paid wrongly by card" : "paid by card");
                (isWrong ? _wronglyPaid : _paid).Add(checkout.Payment);
                _untold.Add(checkout);
            }
        }
        return Task.CompletedTask;
    }

    /// <summary>A message of the provider arrives, in whatever order, perhaps once more.</summary>
    async Task TellOfCard()
    {
        if (Pick(Random.Next(4) == 0 ? _told : _untold) is not { } checkout)
            return;
        _story.Add("card message");
        await Deliver(checkout);
    }

    async Task Deliver(Checkout checkout)
    {
        var before = await IsPaid(checkout.Payment);
        var (signature, sent, body) = CardProvider.Message(checkout.Order, shop.Time.GetUtcNow());
        if (await _process.Cards.Messages.Take(signature, sent, body, default) != MessageOutcome.Taken)
            throw new InvalidDataException("A message of the provider was refused");
        if (_untold.Remove(checkout))
            _told.Add(checkout);
        if (!before && await IsPaid(checkout.Payment))
            shop.Chances.Tally.Add("completed by card message");
    }

    /// <summary>The provider repeats its messages until they were taken.</summary>
    async Task DeliverAll()
    {
        foreach (var checkout in _untold.ToList())
            await Deliver(checkout);
    }

    Task<bool> IsPaid(Bytes32 id) => shop.Db.Read(async session => await session.Scalar<long>(
        "SELECT (SELECT COUNT(*) FROM vm_payment WHERE id = @id AND is_paid = 1) + (SELECT COUNT(*) FROM subscription_payment WHERE id = @id AND is_paid = 1)", new { id }) > 0, default);

    async Task SweepCards()
    {
        _story.Add("card sweep");
        shop.Chances.Tally.Add("completed by card sweep", await _process.Cards.Sweep.Sweep(default));
    }

    /// <summary>An operator gives money back for unused time; now and then the customer asks for too much.</summary>
    async Task AskForRefund()
    {
        if (Pick(_vms) is not { } vm)
            return;
        _story.Add($"refund of {vm}");
        await _process.Shop.Rates.Refresh(default);
        var now = shop.Now;
        var quote = await _process.Shop.Db.Read(
            session => RefundQuote.Of(session, vm, PaymentMethod.Lightning, now, _process.Shop.Rates.Current, except: null, default), default);
        if (!quote.IsOk || quote.Value.Amount.Amount < Satoshis.MsatPerSat)
            return;
        var most = quote.Value.Amount.Amount;
        var amount = Random.Next(6) switch
        {
            0 => most * 2,
            1 => Math.Max(most / 2 / Satoshis.MsatPerSat, 1) * Satoshis.MsatPerSat,
            _ => most,
        };
        var lifetime = TimeSpan.FromSeconds(Random.Next(3) == 0 ? 60 : 604_800);
        var invoice = await shop.Node.CreateInvoice(new InvoiceRequest(new Msat(amount), "refund", DescriptionHash: null, lifetime), default);
        _refunds.Add(new AskedRefund(vm, invoice.PaymentHash, amount));
        await _process.Shop.Db.Write(session => _process.Workflows.Enqueue(
            session, _process.Refund, Subject.Of(vm), new RefundVmInput(null, now.UnixSeconds, "asked for it", invoice.PaymentRequest), null, default), default);
        if (Random.Next(2) == 0)
            await DrainEngine();
    }
}

/// <summary>A checkout by card that was shown.</summary>
/// <param name="Order">At the provider.</param>
readonly record struct Checkout(Bytes32 Payment, string Order);

/// <summary>A refund that was asked for.</summary>
/// <param name="Invoice">Its payment hash.</param>
/// <param name="Amount">Msat.</param>
readonly record struct AskedRefund(VmId Vm, Bytes32 Invoice, ulong Amount);
