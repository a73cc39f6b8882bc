using Lnvps.Core.Identity;
using Lnvps.Core.Vms;
using Lnvps.Database.Vms;
using Lnvps.Platform.Payments;
using Lnvps.Testing.Invariants;

namespace Lnvps.Api.Tests.Proof;

/// <summary>A settlement is noticed by the node's stream, by the sweep and by hand, all at once; it counts once.</summary>
public class SameSettlementTests
{
    const int Payments = 20;
    const int SettlementsOfEach = 50;
    const int SweepEvery = 10;
    const long DailyPlan = 86_400;

    [Theory]
    [Trait("Speed", "slow")]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_payment_settled_from_all_sides_adds_its_time_once(bool mariaDb)
    {
        await using var shop = await ApiShop.Start(mariaDb);
        using var customer = shop.NewCustomer();
        var listener = shop.Platform.BackgroundServices.OfType<SettlementListener>().Single();
        var node = shop.Platform.Development!.Node;

        for (var round = 0; round < Payments; round++)
        {
            var vm = await customer.Order();
            var payment = (await customer.Get($"/api/v1/vm/{vm}/renew")).Data;
            var id = new PaymentId(new Bytes32(Convert.FromHexString(payment["id"]!.ToString())));
            var invoice = payment["data"]!["lightning"]!.ToString();

            // The stream is the program's own; it hears of the first of these payments to the node.
            Assert.True((await node.Pay(invoice, default)).IsOk);
            var hands = new List<Task<Completion>>();
            var others = new List<Task>();
            for (var i = 0; i < SettlementsOfEach; i++)
            {
                hands.Add(Task.Run(() => shop.Platform.Completion.Settle(id, null, default)));
                if (i % SweepEvery == 0)
                {
                    others.Add(Task.Run(() => listener.Sweep(default)));
                    others.Add(Task.Run(() => node.Pay(invoice, default)));
                }
            }
            var completions = await Task.WhenAll(hands);
            await Task.WhenAll(others);

            Assert.InRange(completions.Count(completion => completion == Completion.Completed), 0, 1);
            Assert.DoesNotContain(Completion.Unknown, completions);
            var row = (await shop.Platform.Shop.Db.Read(session => session.FindVm(new VmId(vm), default), default))!;
            var history = await shop.Platform.Shop.Db.Read(session => session.ListHistory(new VmId(vm), null, 0, default), default);
            var renewal = Assert.Single(history, entry => entry.ActionType == VmHistoryAction.Renewed);
            Assert.Single(history, entry => entry.ActionType == VmHistoryAction.PaymentReceived);
            Assert.Equal(renewal.Timestamp.PlusSeconds(DailyPlan), row.Expires);
        }

        await using var after = await shop.Platform.Shop.Db.Open(default);
        Assert.Empty(await ShopInvariants.Check(after, default));
    }
}
