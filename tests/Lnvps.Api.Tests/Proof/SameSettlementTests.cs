using Lnvps.Core.Identity;
using Lnvps.Core.Vms;
using Lnvps.Database.Vms;
using Lnvps.Platform.Configuration;
using Lnvps.Platform.Payments;
using Lnvps.Testing.Invariants;
using Microsoft.Extensions.Logging.Abstractions;

namespace Lnvps.Api.Tests.Proof;

/// <summary>One settlement is noticed by streams, by sweeps and by hand, 1,000 times at once; it counts once.</summary>
public class SameSettlementTests
{
    const int Streams = 10;
    const int EventsOfEach = 50;
    const int Sweeps = 20;
    const int Hands = 24;
    const int SettlementsOfEach = 20;
    const long DailyPlan = 86_400;

    static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    [Theory]
    [Trait("Speed", "slow")]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_payment_settled_from_all_sides_adds_its_time_once(bool mariaDb)
    {
        Assert.Equal(1_000, (Streams * EventsOfEach) + Sweeps + (Hands * SettlementsOfEach));
        // It has no listener of its own, so that nobody is ahead of these.
        await using var shop = await ApiShop.Start(mariaDb, roles: Roles.Worker);
        using var customer = shop.NewCustomer();
        var vm = new VmId(await customer.Order());
        var payment = (await customer.Get($"/api/v1/vm/{vm}/renew")).Data;
        var id = new PaymentId(new Bytes32(Convert.FromHexString(payment["id"]!.ToString())));
        var complete = shop.Platform.Completion;
        var node = new RepetitiveNode(shop.Platform.Development!.Node, id, EventsOfEach);
        // Each listener sweeps once when it starts.
        var listeners = Enumerable.Range(0, Streams)
            .Select(_ => new SettlementListener(shop.Platform.Shop with { Node = node }, complete, NullLogger<SettlementListener>.Instance)).ToList();

        Assert.True((await shop.Platform.Development.Node.Pay(payment["data"]!["lightning"]!.ToString(), default)).IsOk);
        foreach (var listener in listeners)
            await listener.StartAsync(default);
        var sweeps = Enumerable.Range(0, Sweeps - Streams).Select(_ => Task.Run(() => listeners[0].Sweep(default))).ToList();
        var hands = Enumerable.Range(0, Hands).Select(_ => Task.Run(async () =>
        {
            await node.Started;
            var completions = new List<Completion>();
            for (var i = 0; i < SettlementsOfEach; i++)
                completions.Add(await complete.Settle(id, settleIndex: null, default));
            return completions;
        })).ToList();
        await node.Start(whenWaiting: Streams + Sweeps).WaitAsync(Patience);

        var byHand = (await Task.WhenAll(hands).WaitAsync(Patience)).SelectMany(completions => completions).ToList();
        var bySweep = await Task.WhenAll(sweeps).WaitAsync(Patience);
        await node.Told(Streams * EventsOfEach).WaitAsync(Patience);
        foreach (var listener in listeners)
        {
            await listener.StopAsync(default);
            listener.Dispose();
        }

        Assert.Equal(Hands * SettlementsOfEach, byHand.Count);
        Assert.All(byHand, completion => Assert.Contains(completion, new[] { Completion.Completed, Completion.CompletedBefore }));
        Assert.InRange(byHand.Count(completion => completion == Completion.Completed) + bySweep.Sum(), 0, 1);
        var row = (await shop.Platform.Shop.Db.Read(session => session.FindVm(vm, default), default))!;
        var history = await shop.Platform.Shop.Db.Read(session => session.ListHistory(vm, null, 0, default), default);
        var renewal = Assert.Single(history, entry => entry.ActionType == VmHistoryAction.Renewed);
        Assert.Single(history, entry => entry.ActionType == VmHistoryAction.PaymentReceived);
        Assert.Equal(renewal.Timestamp.PlusSeconds(DailyPlan), row.Expires);
        await using var after = await shop.Platform.Shop.Db.Open(default);
        Assert.Empty(await ShopInvariants.Check(after, default));
    }
}
