using System.Net;
using System.Text.Json.Nodes;

namespace Lnvps.Api.Tests.Vms;

public class OrderToMachineTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_order_is_paid_built_and_shown(bool mariaDb)
    {
        await using var shop = await ApiShop.Start(mariaDb);
        using var customer = shop.NewCustomer();

        var vm = await customer.Order();
        var ordered = (await customer.Get($"/api/v1/vm/{vm}")).Data;
        Assert.Equal(ordered["created"]!.ToString(), ordered["expires"]!.ToString());
        Assert.Equal("ff:ff:ff:ff:ff:ff", ordered["mac_address"]!.ToString());
        Assert.Empty(ordered["ip_assignments"]!.AsArray());
        Assert.Equal("stopped", ordered["status"]!["state"]!.ToString());

        var id = await customer.Pay(vm);
        var machine = await customer.Until(vm, "running");
        Assert.True((await customer.Get($"/api/v1/payment/{id}")).Data["is_paid"]!.GetValue<bool>());
        Assert.Equal("10.77.0.2/24", machine["ip_assignments"]![0]!["ip"]!.ToString());
        Assert.Equal(2, machine["ip_assignments"]!.AsArray().Count);
        Assert.StartsWith("52:54:00:", machine["mac_address"]!.ToString(), StringComparison.Ordinal);

        var history = (await customer.Get($"/api/v1/vm/{vm}/history")).Data.AsArray().Select(row => row!["action_type"]!.ToString()).ToList();
        Assert.Equal(["started", "renewed", "payment_received", "created"], history);
    }

    [Fact]
    public async Task Power_and_reinstallation_reach_the_host_and_the_history()
    {
        await using var shop = await ApiShop.Start();
        using var customer = shop.NewCustomer();
        var vm = await customer.OrderRunning();

        Assert.Equal(HttpStatusCode.OK, (await customer.Patch($"/api/v1/vm/{vm}/stop")).Status);
        await customer.Until(vm, "stopped");
        Assert.Equal(HttpStatusCode.OK, (await customer.Patch($"/api/v1/vm/{vm}/start")).Status);
        await customer.Until(vm, "running");
        Assert.Equal(HttpStatusCode.OK, (await customer.Patch($"/api/v1/vm/{vm}/restart")).Status);
        Assert.Equal(HttpStatusCode.OK, (await customer.Patch($"/api/v1/vm/{vm}/re-install", new JsonObject { ["image_id"] = 1 })).Status);
        await customer.Until(vm, "running");

        var history = (await customer.Get($"/api/v1/vm/{vm}/history?limit=4")).Data.AsArray().Select(row => row!["action_type"]!.ToString()).ToList();
        Assert.Equal(["reinstalled", "restarted", "started", "stopped"], history);
    }

    [Fact]
    public async Task An_unpaid_machine_does_not_start_and_cannot_be_reinstalled()
    {
        await using var shop = await ApiShop.Start();
        using var customer = shop.NewCustomer();
        var vm = await customer.Order();

        foreach (var call in new[] { "start", "restart", "re-install" })
            Assert.Equal(HttpStatusCode.PaymentRequired, (await customer.Patch($"/api/v1/vm/{vm}/{call}")).Status);
        Assert.Equal(HttpStatusCode.OK, (await customer.Patch($"/api/v1/vm/{vm}/stop")).Status);
    }

    [Fact]
    public async Task Equal_renewals_share_one_payment_and_others_do_not()
    {
        await using var shop = await ApiShop.Start();
        using var customer = shop.NewCustomer();
        var vm = await customer.Order();

        var ids = await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ => (await customer.Get($"/api/v1/vm/{vm}/renew")).Data["id"]!.ToString()));
        Assert.Single(ids.Distinct());
        var longer = (await customer.Get($"/api/v1/vm/{vm}/renew?intervals=3")).Data;
        Assert.NotEqual(ids[0], longer["id"]!.ToString());
        Assert.Equal(3 * 86_400, longer["time"]!.GetValue<int>());
    }
}
