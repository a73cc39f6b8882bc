using Lnvps.Core.Accounts;
using Lnvps.Core.Identity;
using Lnvps.Core.Money;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Payments;
using Lnvps.Database.Payments;
using Lnvps.Database.Users;
using Microsoft.Extensions.Logging;

namespace Lnvps.Platform.Payments.Revolut;

/// <summary>
/// Applies what Revolut says of an order, whoever asked for it (billing.md section 14). Only what the provider itself answers counts, and only if it was paid as it
/// was charged. Repeating changes nothing.
/// </summary>
public sealed partial class RevolutSettlement(Shop shop, RevolutAccounts accounts, RevolutClient client, CompletePayment complete, ILogger<RevolutSettlement> log)
{
    /// <summary>A message says that an order is completed: it is read with the account that the message came from. False: nothing changed.</summary>
    public async Task<bool> Completed(RevolutAccount account, string orderId, CancellationToken stop)
    {
        var payment = await shop.Db.Read(session => session.FindPaymentOfOrder(PaymentMethod.Revolut, orderId, stop), stop);
        if (payment is null)
        {
            LogUnknown(log, "payment");
            return false;
        }
        var order = await client.FindOrder(account, payment.ExternalId, stop);
        if (order is null)
        {
            LogUnknown(log, "order");
            return false;
        }
        return await Apply(payment, order, stop);
    }

    /// <summary>A message says that an order is cancelled: its payment ends now.</summary>
    public Task Cancelled(string orderId, CancellationToken stop) =>
        shop.Db.Write(session => session.LapseOrder(PaymentMethod.Revolut, orderId, shop.Clock.Now, stop), stop);

    /// <summary>Asks for the order of a payment, of one account of its company after the other until one knows it. True when that completed the payment.</summary>
    public async Task<bool> LookUp(ProviderOrderRow payment, CancellationToken stop)
    {
        foreach (var account in await shop.Db.Read(session => accounts.OfCompany(session, payment.CompanyId, stop), stop))
        {
            if (await Find(account, payment.ExternalId, stop) is not { } order)
                continue;
            if (order.IsCompleted)
                return await Apply(payment, order, stop);
            if (order.IsOver)
                await Cancelled(payment.ExternalId, stop);
            return false;
        }
        LogUnknown(log, "order");
        return false;
    }

    // An account whose key was withdrawn must not hide the next one, which may know the order.
    async Task<RevolutOrder?> Find(RevolutAccount account, string orderId, CancellationToken stop)
    {
        try
        {
            return await client.FindOrder(account, orderId, stop);
        }
        catch (OutsideFault fault) when (!fault.IsTransient)
        {
            LogNotAsked(log, fault, account);
            return null;
        }
    }

    async Task<bool> Apply(ProviderOrderRow payment, RevolutOrder order, CancellationToken stop)
    {
        if (order.Id != payment.ExternalId || !order.IsCompleted)
        {
            LogNotCompleted(log, payment.Id);
            return false;
        }
        var charged = Charged(payment);
        if (order.Currency != charged.Currency.Code() || order.Amount != IsoAmount.Of(charged))
        {
            await Alert(payment, charged, order, stop);
            return false;
        }
        await KeepCardCountry(payment.UserId, order.CardCountry, stop);
        return await complete.SettleOrder(payment.Id, order.Stored, stop) == Completion.Completed;
    }

    static Money Charged(ProviderOrderRow payment) => Currencies.TryParse(payment.Currency, out var currency) && currency != Currency.BTC
        ? new Money(payment.Amount + payment.Tax + payment.ProcessingFee, currency)
        : throw new InvalidOperationException($"Payment {payment.Id} has no currency of a card");

    async Task Alert(ProviderOrderRow payment, Money charged, RevolutOrder order, CancellationToken stop)
    {
        LogOtherAmount(log, payment.Id);
        await shop.Db.Write(session => Notifications.Notifications.QueueForOperators(
            session, $"revolut-amount/payment:{payment.Id}", "A card payment has another amount",
            $"Revolut says that order {order.Id} was completed with {order.Amount} {order.Currency} (minor units), but payment {payment.Id} asked for {charged.ToText()}. "
            + "Nothing was credited; please look into it.",
            shop.Clock.Now, stop), stop);
    }

    /// <summary>A customer without a country gets that of the card, for later payments. Failing must not hold up the completion.</summary>
    async Task KeepCardCountry(UserId user, string? alpha2, CancellationToken stop)
    {
        if (alpha2 is null || !Country.TryParse(alpha2, out var country))
            return;
        try
        {
            await shop.Db.Write(session => session.SetCountryIfUnknown(user, country.Alpha3, stop), stop);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            LogCountryNotKept(log, error, user);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Revolut told of a completed order, but there is no such {What}")]
    static partial void LogUnknown(ILogger logger, string what);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Account} could not be asked for an order")]
    static partial void LogNotAsked(ILogger logger, Exception error, RevolutAccount account);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The order of payment {Payment} is not completed at Revolut, although a message said so")]
    static partial void LogNotCompleted(ILogger logger, PaymentId payment);

    [LoggerMessage(Level = LogLevel.Error, Message = "The order of payment {Payment} was completed with another amount or currency; nothing was credited")]
    static partial void LogOtherAmount(ILogger logger, PaymentId payment);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The country of user {User}'s card could not be kept")]
    static partial void LogCountryNotKept(ILogger logger, Exception error, UserId user);
}
