using System.Net;

namespace Lnvps.Api.Tests.Vms;

/// <summary>GET /api/v1/vm/{id}/time-series (customer-api.md section 6.17).</summary>
public class UsageSeriesTests
{
    [Fact]
    public async Task It_is_empty_before_the_machine_exists_and_full_of_numbers_afterwards()
    {
        await using var shop = await ApiShop.Start();
        using var customer = shop.NewCustomer();
        using var stranger = shop.NewCustomer();
        var vm = await customer.Order();
        Assert.Empty((await customer.Get($"/api/v1/vm/{vm}/time-series")).Data.AsArray());
        await customer.Pay(vm);
        await customer.Until(vm, "running");

        var points = (await customer.Get($"/api/v1/vm/{vm}/time-series")).Data.AsArray();

        var point = Assert.Single(points)!;
        Assert.Equal(["timestamp", "cpu", "memory", "memory_size", "net_in", "net_out", "disk_write", "disk_read"], point.AsObject().Select(field => field.Key));
        var size = point["memory_size"]!.GetValue<ulong>();
        Assert.Equal((await customer.Get($"/api/v1/vm/{vm}")).Data["template"]!["memory"]!.GetValue<ulong>(), size);
        Assert.InRange(point["memory"]!.GetValue<double>(), 1, size);

        // Nothing was seen, as after a restart of the program: the host is asked.
        shop.Platform.Shop.States.Remove(new(vm));
        Assert.Single((await customer.Get($"/api/v1/vm/{vm}/time-series")).Data.AsArray());
        shop.Platform.World!.SetReachable("simulated", false);
        shop.Platform.Shop.States.Remove(new(vm));
        var silent = await customer.Get($"/api/v1/vm/{vm}/time-series");
        Assert.Equal((HttpStatusCode.InternalServerError, "host_failed"), (silent.Status, silent.Code));

        Assert.Equal(HttpStatusCode.Forbidden, (await stranger.Get($"/api/v1/vm/{vm}/time-series")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await customer.Get("/api/v1/vm/4000/time-series")).Status);
        await shop.Execute("UPDATE vm SET deleted = 1");
        Assert.Equal(HttpStatusCode.NotFound, (await customer.Get($"/api/v1/vm/{vm}/time-series")).Status);
    }
}
