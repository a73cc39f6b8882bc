using Lnvps.Core.Identity;
using Lnvps.Core.Money;
using Lnvps.Core.Payments;
using Lnvps.Core.Vms;
using Lnvps.Database.Addresses;
using Lnvps.Database.Notifications;
using Lnvps.Database.Vms;
using Lnvps.Platform.Configuration;
using Lnvps.Platform.Orders;
using Lnvps.Platform.Tests.Worker;
using Lnvps.Testing.Databases;
using Microsoft.Extensions.Logging.Abstractions;

namespace Lnvps.Platform.Tests.Development;

/// <summary>The whole platform as the program composes it, on simulated hosts: two customers' months from the order to free addresses.</summary>
public sealed class WholeLifeTests
{
    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task Ordered_paid_told_expired_stopped_and_deleted(DatabaseKind kind)
    {
        await using var database = await TestDatabases.Create(kind);
        await database.Db.Write(WorkerRig.Seed, CancellationToken.None);
        var settings = Settings.Read(SettingsNode.Parse("test.yaml", $$"""
            db: "{{database.Url}}"
            public-url: "http://127.0.0.1:8000"
            listen: "127.0.0.1:8000"
            delete-after: 3
            lightning: { dev: {} }
            provisioner: { simulated: {} }
            exchange-rates: { fixed: { EUR: 60000 } }
            """));
        await using var platform = await PlatformParts.Open(settings, TimeProvider.System, NullLoggerFactory.Instance, CancellationToken.None);
        foreach (var service in platform.BackgroundServices)
            await service.StartAsync(CancellationToken.None);
        try
        {
            await Live(platform);
        }
        finally
        {
            foreach (var service in platform.BackgroundServices.Reverse())
                await service.StopAsync(CancellationToken.None);
        }
    }

    static async Task Live(PlatformParts platform)
    {
        var travel = platform.Development!.Travel;
        await Until(() => Task.FromResult(platform.Shop.Rates.Current.TryGet(Currency.EUR, out _)), "no rates");
        var paid = await Order(platform);
        var unpaid = await Order(platform);
        var payment = await platform.Renewals.Open(paid, PaymentMethod.Lightning, 1, CancellationToken.None);
        Assert.True(platform.Shop.Db.Cipher.TryOpen(payment.Value!.ExternalData, out var invoice));
        Assert.True((await platform.Development.Node.Pay(invoice, CancellationToken.None)).IsOk);
        await Until(async () => await Read(platform, session => session.GetVmProgress(paid, CancellationToken.None)) is { ProvisionedAt: not null }, "not made");
        var address = Assert.Single(await Read(platform, session => session.ListAssignments(paid, CancellationToken.None))).Ip;

        await travel.Advance(TimeSpan.FromDays(40), CancellationToken.None);

        Assert.Empty(platform.World!.Inventory());
        foreach (var vm in new[] { paid, unpaid })
        {
            Assert.True((await Read(platform, session => session.FindVm(vm, CancellationToken.None)))!.Deleted);
            Assert.Empty(await Read(platform, session => session.ListAssignments(vm, CancellationToken.None)));
        }
        Assert.Equal(
            [
                VmHistoryAction.Created, VmHistoryAction.PaymentReceived, VmHistoryAction.Renewed, VmHistoryAction.Started, VmHistoryAction.Expired, VmHistoryAction.Deleted,
            ],
            (await Read(platform, session => session.ListHistory(paid, null, 0, CancellationToken.None))).Select(row => row.ActionType).Reverse());
        Assert.Equal([VmHistoryAction.Created], (await Read(platform, session => session.ListHistory(unpaid, null, 0, CancellationToken.None))).Select(row => row.ActionType));
        Assert.Equal([$"[VM{paid}] Created", $"[VM{paid}] Expiring Soon", $"[VM{paid}] Expired", $"[VM{paid}] Deleted"],
            (await Read(platform, session => session.ListNotifications(WorkerRig.Customer, CancellationToken.None))).Select(row => row.Title));
        // Nobody was alarmed: operators heard what they hear of every VM.
        Assert.Equal([$"[VM{paid}] Created", $"[VM{paid}] Deleted"],
            (await Read(platform, session => session.ListNotifications(null, CancellationToken.None))).Select(row => row.Title));

        Assert.False(await Read(platform, session => session.IsAddressTaken(address, CancellationToken.None)));
    }

    static async Task<VmId> Order(PlatformParts platform)
    {
        var ordered = await platform.Orders.Standard(new OrderRequest(WorkerRig.Customer, new ImageId(1), new SshKeyId(1), null), WorkerRig.Monthly, CancellationToken.None);
        Assert.True(ordered.IsOk, ordered.Refusal?.Message);
        return ordered.Value;
    }

    static Task<T> Read<T>(PlatformParts platform, Func<Lnvps.Database.Sessions.Session, Task<T>> work) => platform.Shop.Db.Read(work, CancellationToken.None);

    static async Task Until(Func<Task<bool>> condition, string what)
    {
        for (var i = 0; i < 1500; i++)
        {
            if (await condition())
                return;
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        }
        Assert.Fail(what);
    }
}
