using Lnvps.Core.Identity;
using Lnvps.Database.Payments;
using Lnvps.Platform.Tests.Worker;
using Lnvps.Testing.Databases;

namespace Lnvps.Platform.Tests.Wallets;

/// <summary>Automatic renewal: lead, window, once for an expiry, hourly repetition, notices (billing.md section 15.2).</summary>
public class RenewFromWalletsTests
{
    const long Hour = 3600, Day = 86_400;

    static async Task<List<string>> Titles(WalletRig rig) => await rig.Rig.Titles(WorkerRig.Customer);

    static async Task<List<OwnedPaymentRow>> Payments(WalletRig rig, VmId vm) => await rig.Rig.Db.Read(session => session.ListPayments(vm, null, 0, default), default);

    [Theory]
    [InlineData(DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.MariaDb)]
    [Trait("Speed", "slow")]
    public async Task A_vm_about_to_expire_is_renewed_once_and_its_owner_told(DatabaseKind kind)
    {
        await using var rig = await WalletRig.Create(kind);
        var vm = await rig.Vm(20 * Hour);
        await rig.Round();
        await rig.Round();

        Assert.Equal(1, rig.Count("pay_invoice"));
        Assert.True(Assert.Single(await Payments(rig, vm)).IsPaid);
        Assert.Equal([$"[VM{vm}] Auto-Renewed"], await Titles(rig));
        Assert.True((await rig.Rig.Row(vm)).Expires > WorkerRig.Noon.PlusSeconds(28 * Day));

        // The next expiry is another one.
        rig.Rig.At((await rig.Rig.Row(vm)).Expires.SecondsSince(WorkerRig.Noon) - 20 * Hour);
        await rig.Round();
        Assert.Equal(2, rig.Count("pay_invoice"));
        Assert.Equal([$"[VM{vm}] Auto-Renewed", $"[VM{vm}] Auto-Renewed"], await Titles(rig));
    }

    [Fact]
    public async Task Neither_before_the_window_nor_after_expiry_nor_without_the_owners_wish()
    {
        await using var rig = await WalletRig.Create();
        var early = await rig.Vm(25 * Hour);
        var late = await rig.Vm(-Hour);
        var unwilling = await rig.Rig.Built(20 * Hour);
        await rig.Round();
        Assert.Equal(0, rig.Count("pay_invoice"));
        Assert.Equivalent(new[] { $"[VM{unwilling}] Expiring Soon", $"[VM{late}] Expired" }, await Titles(rig), strict: true);
        Assert.Empty(await Payments(rig, early));
    }

    [Fact]
    public async Task A_daily_plan_is_not_charged_again_when_it_was_just_paid()
    {
        await using var rig = await WalletRig.Create();
        var vm = await rig.Rig.Vm(-Day, 13 * Hour, WorkerRig.Daily);
        await rig.Rig.Execute("UPDATE vm SET auto_renewal_enabled = 1");
        await rig.Round();
        Assert.Equal(0, rig.Count("pay_invoice"));
        rig.Rig.At(2 * Hour);
        await rig.Round();
        Assert.Equal(1, rig.Count("pay_invoice"));
        await rig.Round();
        Assert.Equal(1, rig.Count("pay_invoice"));
        Assert.Equal(WorkerRig.Noon.PlusSeconds(13 * Hour + Day), (await rig.Rig.Row(vm)).Expires);
    }

    [Fact]
    public async Task A_refusal_is_told_once_and_tried_again_by_the_hour()
    {
        await using var rig = await WalletRig.Create();
        var pays = rig.Wallet.Pay;
        rig.Wallet.Pay = _ => Task.FromResult<(string, string)?>(("QUOTA_EXCEEDED", "secret inside"));
        var vm = await rig.Vm(20 * Hour);
        await rig.Round();
        rig.Rig.At(Hour / 2);
        await rig.Round();
        Assert.Equal(1, rig.Count("pay_invoice"));
        var notice = Assert.Single(await rig.Rig.Db.Read(session => Database.Notifications.Outbox.ListNotifications(session, WorkerRig.Customer, default), default));
        Assert.Equal($"[VM{vm}] Expiring Soon", notice.Title);
        Assert.Contains("the budget of this connection is used up", notice.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", notice.Message, StringComparison.Ordinal);

        rig.Rig.At(Hour + 1);
        await rig.Round();
        Assert.Equal(2, rig.Count("pay_invoice"));
        Assert.Single(await Titles(rig));

        rig.Wallet.Pay = pays;
        rig.Rig.At(2 * Hour + 2);
        await rig.Round();
        Assert.Equal(3, rig.Count("pay_invoice"));
        Assert.Equal([$"[VM{vm}] Expiring Soon", $"[VM{vm}] Auto-Renewed"], await Titles(rig));
        // Each attempt had an invoice of its own, and before each the wallet was asked what became of the one before.
        Assert.Equal(3, rig.Wallet.Requests.Where(request => request.Method == "pay_invoice").Select(request => request.Parameter).Distinct().Count());
        Assert.Equal(2, rig.Count("lookup_invoice"));
        Assert.Single(await Payments(rig, vm), payment => payment.IsPaid);
    }

    [Theory]
    [InlineData("settled")]
    [InlineData("pending")]
    public async Task A_wallet_that_fell_silent_is_not_asked_for_another_payment_while_it_has_the_first(string state)
    {
        await using var rig = await WalletRig.Create();
        rig.Wallet.AnswersNothing = true;
        rig.Wallet.Pay = _ => Task.FromResult<(string, string)?>(null);
        var vm = await rig.Vm(20 * Hour);
        await rig.Round();
        Assert.Contains("did not answer in time", Assert.Single(await rig.Rig.Db.Read(session => Database.Notifications.Outbox.ListNotifications(session, WorkerRig.Customer, default), default)).Message, StringComparison.Ordinal);

        rig.Wallet.LookUpState = state;
        for (var hour = 1; hour <= 3; hour++)
        {
            rig.Rig.At(hour * (Hour + 1));
            await rig.Round();
        }
        Assert.Equal(1, rig.Count("pay_invoice"));
        Assert.Equal(3, rig.Count("lookup_invoice"));
        Assert.Single(await Payments(rig, vm));
    }

    [Fact]
    public async Task A_payment_that_arrived_although_the_wallet_fell_silent_renews_and_is_told()
    {
        await using var rig = await WalletRig.Create();
        rig.Wallet.AnswersNothing = true;
        var vm = await rig.Vm(20 * Hour);
        await rig.Round();
        await rig.Round();
        Assert.Equal([$"[VM{vm}] Expiring Soon", $"[VM{vm}] Auto-Renewed"], await Titles(rig));
        rig.Rig.At(2 * Hour);
        await rig.Round();
        Assert.Equal(1, rig.Count("pay_invoice"));
    }

    [Fact]
    public async Task Several_workers_ask_the_wallet_once()
    {
        await using var rig = await WalletRig.Create();
        rig.Wallet.Pay = async _ =>
        {
            await Task.Delay(TimeSpan.FromMilliseconds(300), TimeProvider.System);
            return null;
        };
        await rig.Vm(20 * Hour);
        await rig.Rig.Vms(rig.Shop).Round(default);
        await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => rig.Renewals.Round(default)));
        Assert.Equal(1, rig.Count("pay_invoice"));
    }

    [Fact]
    public async Task A_renewal_by_hand_meanwhile_ends_it()
    {
        await using var rig = await WalletRig.Create();
        rig.Wallet.Pay = _ => Task.FromResult<(string, string)?>(("INSUFFICIENT_BALANCE", ""));
        var vm = await rig.Vm(20 * Hour);
        await rig.Round();
        await rig.Settle((await Payments(rig, vm))[0].Id.Bytes);
        rig.Rig.At(Hour + 1);
        await rig.Round();
        Assert.Equal(1, rig.Count("pay_invoice"));
    }

    [Fact]
    public async Task Without_a_wallet_the_plain_notice_is_sent()
    {
        await using var rig = await WalletRig.Create();
        await rig.Rig.Execute("UPDATE users SET nwc_connection_string = NULL");
        var vm = await rig.Vm(20 * Hour);
        await rig.Round();
        Assert.Equal([$"[VM{vm}] Expiring Soon"], await Titles(rig));
    }
}
