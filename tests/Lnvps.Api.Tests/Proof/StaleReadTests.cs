using System.Net;
using Lnvps.Core.Identity;
using Lnvps.Core.Time;
using Lnvps.Core.Workflows;
using Lnvps.Database.Hosts;
using Lnvps.Database.Sessions;
using Lnvps.Database.Vms;
using Lnvps.Database.Workflows;
using Lnvps.Hosting.Simulated;
using Lnvps.Platform.Payments;
using Lnvps.Platform.Workflows;

namespace Lnvps.Api.Tests.Proof;

/// <summary>
/// Whoever has waited for a lock decides on what its holder left behind, not on what was seen before. Each test holds a lock, lets a payment run into it, changes what
/// the payment is to decide on, and lets go.
/// </summary>
[Trait("Speed", "slow")]
public class StaleReadTests
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_payment_that_waited_for_a_stop_at_expiry_starts_the_machine_again()
    {
        await using var shop = await ApiShop.Start(mariaDb: true);
        using var customer = shop.NewCustomer();
        var (vm, payment) = await OrderAndAsk(customer);
        await shop.Platform.Shop.Db.Write(session => session.MarkVmProvisioned(vm, shop.Platform.Shop.Time.Moment(), default), default);

        Assert.Equal(Completion.Completed, await SettleBehind(
            shop, payment, session => session.LockVm(vm, default), session => session.SetStoppedByExpiry(vm, stopped: true, default)));

        var asked = await shop.Platform.Shop.Db.Read(session => session.ListWorkflows(Subject.Of(vm), 10, default), default);
        Assert.Equal([StartVm.Kind], asked.Select(row => row.Kind));
    }

    [Fact]
    public async Task A_late_payment_that_waited_for_the_hosts_sees_that_the_room_is_gone()
    {
        await using var shop = await ApiShop.Start(mariaDb: true);
        using var customer = shop.NewCustomer();
        var db = shop.Platform.Shop.Db;
        await db.Write(async session =>
        {
            await session.Execute("UPDATE ip_range SET enabled = 0 WHERE cidr NOT LIKE '%:%'");
            await session.Execute("""
                INSERT INTO ip_range (cidr, enabled, region_id, gateway, allocation_mode, use_full_range)
                SELECT '10.77.0.160/31', 1, MIN(id), '10.77.0.1/24', 1, 1 FROM vm_host_region WHERE name = 'Local'
                """);
        }, default);
        var others = new[] { new VmId(await customer.Order()), new VmId(await customer.Order()) };
        var (vm, payment) = await OrderAndAsk(customer);
        await db.Write(session => session.MarkVmDeleted(vm, default), default);

        var region = await db.Read(async session => (await session.FindVmDetails(vm, default))!.RegionId, default);
        Assert.Equal(Completion.Completed, await SettleBehind(shop, payment, session => session.LockHosts(region, default), async session =>
        {
            foreach (var other in others)
                await session.HoldRoom(other, upgradeParams: null, shop.Platform.Shop.Clock.Now.Plus(TimeSpan.FromHours(1)), default);
        }));

        Assert.True((await db.Read(session => session.FindVm(vm, default), default))!.Deleted);
    }

    [Fact]
    public async Task A_machine_is_reinstalled_once_by_two_clicks_at_once()
    {
        await using var shop = await ApiShop.Start(mariaDb: true);
        using var customer = shop.NewCustomer();
        var vm = await customer.OrderRunning();
        shop.Platform.World!.Faults.Latency = call => TimeSpan.FromSeconds(call.Operation == HostOperation.ImportDisk ? 3 : 0);
        var db = shop.Platform.Shop.Db;
        Task<Answer>[]? clicks = null;
        await db.Write(async session =>
        {
            await session.LockVm(new VmId(vm), default);
            clicks ??= [customer.Patch($"/api/v1/vm/{vm}/re-install"), customer.Patch($"/api/v1/vm/{vm}/re-install")];
            await UntilOneWaits(db);
        }, default);

        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.Conflict], (await Task.WhenAll(clicks!)).Select(answer => answer.Status).Order());
    }

    static async Task<(VmId Vm, PaymentId Payment)> OrderAndAsk(ApiCustomer customer)
    {
        var vm = await customer.Order();
        var payment = (await customer.Get($"/api/v1/vm/{vm}/renew")).Data["id"]!.ToString();
        return (new VmId(vm), new PaymentId(new Bytes32(Convert.FromHexString(payment))));
    }

    /// <summary>Settles a payment while another transaction holds a lock; that one makes its change once the settlement waits.</summary>
    static async Task<Completion> SettleBehind(ApiShop shop, PaymentId payment, Func<Session, Task> takeLock, Func<Session, Task> change)
    {
        var db = shop.Platform.Shop.Db;
        Task<Completion>? settling = null;
        await db.Write(async session =>
        {
            await takeLock(session);
            settling ??= Task.Run(() => shop.Platform.Completion.Settle(payment, settleIndex: 1, default));
            await UntilOneWaits(db);
            await change(session);
        }, default);
        return await settling!.WaitAsync(Patience);
    }

    /// <summary>
    /// InnoDB shows a snapshot of its transactions that it renews only when nobody has looked for 100 ms
    /// (https://mariadb.com/kb/en/information-schema-innodb_trx-table/): whoever looks more often sees the first one for ever.
    /// </summary>
    static async Task UntilOneWaits(Db db)
    {
        using var late = new CancellationTokenSource(Patience);
        while (await db.Read(session => session.Scalar<long>("""
            SELECT COUNT(*) FROM information_schema.innodb_trx t JOIN information_schema.processlist p ON p.id = t.trx_mysql_thread_id
            WHERE t.trx_state = 'LOCK WAIT' AND p.db = DATABASE()
            """, null, late.Token), late.Token) == 0)
            await Task.Delay(TimeSpan.FromMilliseconds(250), TimeProvider.System, late.Token);
    }
}
