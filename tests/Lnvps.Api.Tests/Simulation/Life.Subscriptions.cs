using Lnvps.Core.Identity;
using Lnvps.Core.Payments;
using Lnvps.Database.Subscriptions;
using Lnvps.Platform.Subscriptions;

namespace Lnvps.Api.Tests.Simulation;

/// <summary>Address blocks by the month.</summary>
sealed partial class Life
{
    /// <summary>Notice, end, end of grace; seconds from expiry.</summary>
    static readonly int[] MomentsOfMonth = [-604_800, -3_600, 0, 60, 86_400, 3 * 86_400];

    readonly List<SubscriptionId> _subscriptions = [];

    /// <summary>The usual way, as far as nothing gets in between.</summary>
    async Task Subscribe()
    {
        _story.Add("subscribe");
        await _process.Shop.Rates.Refresh(default);
        List<SpacePriceId> prices = [.. Enumerable.Range(0, Random.Next(1, 3)).Select(_ => new SpacePriceId((uint)Random.Next(1, 4)))];
        var ordered = await _process.SubscriptionOrders.Order(
            new SubscriptionOrder(new UserId((uint)Random.Next(1, 3)), "Addresses", null, null, AutoRenewal: false, prices), default);
        if (!ordered.IsOk)
            return;
        _subscriptions.Add(ordered.Value);
        await AskForMonth(ordered.Value);
        await (_byCard ? BuyByCard() : Pay());
        await Stream();
    }

    Task AskForMonth() => Pick(_subscriptions) is { } subscription ? AskForMonth(subscription) : Task.CompletedTask;

    async Task AskForMonth(SubscriptionId subscription)
    {
        _story.Add($"month of subscription {subscription}");
        await _process.Shop.Rates.Refresh(default);
        var opened = await _process.SubscriptionPayments.Open(subscription, ChooseMethod(), default);
        if (opened.IsOk)
            await Show(opened.Value.Id.Bytes, opened.Value.PaymentMethod == PaymentMethod.Revolut ? opened.Value.ExternalId : null);
    }

    async Task GoToEndOfMonth()
    {
        if (Pick(_subscriptions) is not { } id || await shop.Db.Read(session => session.FindSubscription(id, default), default) is not { Expires: { } expires })
            return;
        var moment = expires.PlusSeconds(MomentsOfMonth[Random.Next(MomentsOfMonth.Length)] + Random.Next(-2, 3));
        _story.Add($"until {moment}, end of subscription {id} {expires}");
        if (moment > shop.Now)
            shop.Time.Advance(TimeSpan.FromSeconds(moment.SecondsSince(shop.Now)));
        await WorkerRound();
        await DrainEngine();
    }
}
