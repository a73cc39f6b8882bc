using System.Text.Json.Nodes;

namespace Lnvps.EndToEnd.Tests;

/// <summary>The program as a process, with a simulated host: starting, restarting, stopping, ordering in the terminal.</summary>
[Trait("Speed", "slow")]
public sealed class SimulatedShopTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("lnvps-shop-").FullName;

    [Fact]
    public async Task Restarting_keeps_everything_and_SIGTERM_ends_it_cleanly()
    {
        await using var shop = new ShopProcess(_folder, "--simulate");
        await shop.Start();
        Assert.Contains("SIMULATED HOST", shop.Log, StringComparison.Ordinal);
        using var customer = new Customer(shop.Address);
        var vm = await customer.Order();
        await customer.Pay(vm);
        await Eventually.True("the machine", TimeSpan.FromMinutes(1), async () => await customer.State(vm) == "running");
        var before = (await customer.Get($"/api/v1/vm/{vm}"))["ip_assignments"]!.ToJsonString();

        Assert.Equal(0, await shop.Terminate());
        await shop.Start();

        await Eventually.True("the machine to be seen again", TimeSpan.FromMinutes(1), async () => await customer.State(vm) == "running");
        Assert.Equal(before, (await customer.Get($"/api/v1/vm/{vm}"))["ip_assignments"]!.ToJsonString());
    }

    [Fact]
    public async Task The_terminal_customer_orders_and_removes_a_machine()
    {
        await using var shop = new ShopProcess(_folder, "--simulate", "--order", "--once");

        var status = await shop.RunToEnd(TimeSpan.FromMinutes(2));

        Assert.True(status == 0, shop.Log);
        Assert.Contains("lnbcrt", shop.Log, StringComparison.Ordinal);
        Assert.Contains("Removed", shop.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_order_that_fails_says_so_and_ends_with_1()
    {
        var customer = Directory.CreateDirectory(Path.Combine(_folder, "customer")).FullName;
        foreach (var file in new[] { "id_ed25519", "id_ed25519.pub" })
            await File.WriteAllTextAsync(Path.Combine(customer, file), "no key");
        await using var shop = new ShopProcess(_folder, "--simulate", "--order");

        Assert.Equal(1, await shop.RunToEnd(TimeSpan.FromMinutes(2)));
        Assert.Contains("The order failed:", shop.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("lnbcrt", shop.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_shop_on_the_same_folder_is_refused_and_the_first_lives_on()
    {
        await using var first = new ShopProcess(_folder, "--simulate");
        await first.Start();
        var configuration = await File.ReadAllTextAsync(Path.Combine(_folder, "config.yaml"));
        await using var second = new ShopProcess(_folder, "--simulate");

        Assert.Equal(1, await second.RunToEnd(TimeSpan.FromMinutes(1)));
        Assert.Contains($"{_folder} is in use", second.Log, StringComparison.Ordinal);
        Assert.Equal(configuration, await File.ReadAllTextAsync(Path.Combine(_folder, "config.yaml")));

        // However the first one ends, the folder is free then.
        await first.Kill();
        await second.Start();
    }

    [Fact]
    public async Task A_month_passes_in_a_call_and_each_moment_is_lived_through()
    {
        await using var shop = new ShopProcess(_folder, "--simulate");
        await shop.Start();
        using var customer = new Customer(shop.Address);
        var vm = await customer.Order();
        await customer.Pay(vm);
        await Eventually.True("the machine", TimeSpan.FromMinutes(1), async () => await customer.State(vm) == "running");

        await customer.Post("/api/dev/v1/clock", new JsonObject { ["advance"] = "31d" });

        await Eventually.True("the machine to go", TimeSpan.FromMinutes(1), async () => (await customer.Get("/api/v1/vm")).AsArray().Count == 0);
        var history = (await customer.Get($"/api/v1/vm/{vm}/history")).AsArray().Select(row => row!["action_type"]!.GetValue<string>()).ToList();
        Assert.Equal(["deleted", "expired", "started", "renewed", "payment_received", "created"], history);
    }

    [Theory]
    [InlineData("0.0.0.0:0")]
    [InlineData("192.0.2.1:8000")]
    public async Task Development_refuses_any_address_but_loopback(string listen)
    {
        await using var shop = new ShopProcess(_folder, "--simulate", "--listen", listen);

        Assert.NotEqual(0, await shop.RunToEnd(TimeSpan.FromMinutes(1)));
    }

    [Fact]
    public async Task A_missing_hypervisor_is_an_error()
    {
        var image = Path.Combine(_folder, "image.qcow2");
        await File.WriteAllTextAsync(image, "");
        await using var shop = new ShopProcess(_folder, "--libvirt", "qemu:///system?socket=/nonexistent", "--image", image);

        Assert.Equal(1, await shop.RunToEnd(TimeSpan.FromMinutes(1)));
        Assert.Contains("cannot start", shop.Log, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
