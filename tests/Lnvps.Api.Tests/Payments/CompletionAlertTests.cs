using System.Data.Common;
using Lnvps.Core.Identity;
using Lnvps.Core.Payments;
using Lnvps.Database.Notifications;
using Lnvps.Platform.Payments;
using Lnvps.Platform.Vms;

namespace Lnvps.Api.Tests.Payments;

/// <summary>What operators are told of money that arrives, and how much waits for a machine (billing.md section 18).</summary>
public sealed class CompletionAlertTests
{
    [Fact]
    public async Task A_settled_payment_that_the_database_keeps_refusing_is_told_of_once_and_credited_in_the_end()
    {
        await using var shop = await ApiShop.Start();
        using var customer = shop.NewCustomer();
        var payment = (await shop.Platform.Renewals.Open(new VmId(await customer.Order(2)), PaymentMethod.Lightning, 1, default)).Value;
        await shop.Execute("CREATE TRIGGER stubborn BEFORE UPDATE ON vm_payment BEGIN SELECT RAISE(ABORT, 'no'); END");
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(i < 3 ? 0 : 1, (await Told(shop)).Count);
            await Assert.ThrowsAnyAsync<DbException>(() => shop.Platform.Completion.Settle(payment.Id, null, default));
        }
        var told = Assert.Single(await Told(shop));
        Assert.Equal("A payment cannot be completed", told.Title);
        Assert.Contains($"{payment.Id} (BTC 0.00002632)", told.Message, StringComparison.Ordinal);

        await shop.Execute("DROP TRIGGER stubborn");
        Assert.Equal(Completion.Completed, await shop.Platform.Completion.Settle(payment.Id, null, default));
    }

    [Fact]
    public async Task A_payment_for_a_vm_without_a_row_is_told_of_at_once()
    {
        await using var shop = await ApiShop.Start();
        using var customer = shop.NewCustomer();
        var vm = await customer.Order(2);
        var payment = (await shop.Platform.Renewals.Open(new VmId(vm), PaymentMethod.Lightning, 1, default)).Value;
        await using (var session = await shop.Platform.Shop.Db.Open(default))
        {
            await session.Execute("PRAGMA foreign_keys = OFF");
            await session.Execute("DELETE FROM vm WHERE id = @vm", new { vm });
            await session.Execute("PRAGMA foreign_keys = ON");
        }
        for (var i = 0; i < 2; i++)
            Assert.Equal(Completion.Impossible, await shop.Platform.Completion.Settle(payment.Id, null, default));
        var told = Assert.Single(await Told(shop));
        Assert.Contains($"{payment.Id} (BTC 0.00002632) was paid, but VM {vm} does not exist any more", told.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_payment_for_a_deleted_vm_without_room_names_the_sum_as_people_read_it()
    {
        await using var shop = await ApiShop.Start();
        using var customer = shop.NewCustomer();
        var payment = (await shop.Platform.Renewals.Open(new VmId(await customer.Order(2)), PaymentMethod.Lightning, 1, default)).Value;
        await shop.Execute("UPDATE vm SET deleted = 1");
        await shop.Execute("UPDATE vm_host SET cpu = 0");
        Assert.Equal(Completion.Completed, await shop.Platform.Completion.Settle(payment.Id, null, default));
        Assert.Contains("(Lightning, BTC 0.00002632)", Assert.Single(await Told(shop)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Clicks_on_a_busy_machine_do_not_pile_up()
    {
        await using var shop = await ApiShop.Start();
        using var customer = shop.NewCustomer();
        var vm = await customer.OrderRunning(2);
        shop.Platform.World!.SetReachable("simulated", false);
        var hanging = customer.Patch($"/api/v1/vm/{vm}/re-install");
        while (await shop.Text("SELECT COUNT(*) FROM workflow WHERE kind = 'reinstall-vm' AND state <> 0") != "1")
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);

        for (var i = 0; i < 20; i++)
            Assert.True(await Click(PowerChange.Start));
        Assert.Equal("1", await Waiting());
        Assert.True(await Click(PowerChange.Stop));
        Assert.True(await Click(PowerChange.Start));
        Assert.Equal("3", await Waiting());

        var taken = 0;
        for (var i = 0; i < 20; i++)
            taken += await Click(i % 2 == 0 ? PowerChange.Stop : PowerChange.Start) ? 1 : 0;
        Assert.InRange(taken, 1, 10);
        shop.Platform.World.SetReachable("simulated", true);
        await hanging;

        Task<string> Waiting() => shop.Text("SELECT COUNT(*) FROM workflow WHERE state = 0 AND due IS NOT NULL AND kind IN ('start-vm', 'stop-vm')");

        Task<bool> Click(PowerChange change) => shop.Platform.Shop.Db.Write(async session =>
        {
            var row = (await Lnvps.Database.Vms.Vms.FindVm(session, new VmId(vm), default))!;
            return (await shop.Platform.Work.ChangePower(session, row, change, row.UserId, default)).IsOk;
        }, default);
    }

    static async Task<List<NotificationRow>> Told(ApiShop shop) =>
        [.. (await shop.Platform.Shop.Db.Read(session => session.ListNotifications(null, default), default)).Where(message => message.Message.Contains("ayment ", StringComparison.Ordinal))];
}
