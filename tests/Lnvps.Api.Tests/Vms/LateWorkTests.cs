using Lnvps.Core.Identity;
using Lnvps.Core.Outcomes;
using Lnvps.Database.Notifications;
using Lnvps.Database.Vms;
using Lnvps.Platform.Vms;

namespace Lnvps.Api.Tests.Vms;

/// <summary>Work that was asked for in time and whose turn comes after the VM has expired or gone.</summary>
public class LateWorkTests
{
    [Theory]
    [InlineData(false, RefusalKind.PaymentRequired)]
    [InlineData(true, RefusalKind.NotFound)]
    public async Task It_is_refused_as_it_would_have_been_at_once_and_alarms_nobody(bool deleted, RefusalKind kind)
    {
        await using var shop = await ApiShop.Start();
        using var customer = shop.NewCustomer();
        var vm = await customer.OrderRunning();
        var work = shop.Platform.Work;

        foreach (var ask in new[] { "start", "restart", "re-install" })
        {
            var begun = await shop.Platform.Shop.Db.Write(async session =>
            {
                var row = (await session.FindVm(new VmId(vm), default))!;
                var asked = ask == "re-install"
                    ? await work.Reinstall(session, row, row.ImageId, row.UserId, default)
                    : await work.ChangePower(session, row, ask == "start" ? PowerChange.Start : PowerChange.Restart, row.UserId, default);
                // In the same transaction, so that the work finds it done.
                await session.Execute(deleted ? "UPDATE vm SET deleted = 1 WHERE id = @vm" : "UPDATE vm SET expires = @now WHERE id = @vm", new { vm, now = shop.Platform.Shop.Clock.Now });
                return asked.Value;
            }, default);

            Assert.Equal((ask, kind), (ask, (await work.WaitFor(begun, default))!.Kind));
            await shop.Execute("UPDATE vm SET deleted = 0, expires = @then WHERE id = @vm", new { vm, then = shop.Platform.Shop.Clock.Now.Plus(TimeSpan.FromDays(1)) });
        }
        Assert.DoesNotContain(await shop.Platform.Shop.Db.Read(session => session.ListNotifications(null, default), default),
            message => message.EventKey.StartsWith("workflow/", StringComparison.Ordinal));
    }
}
