using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Lnvps.Core.Money;
using Lnvps.Platform.Configuration;

namespace Lnvps.EndToEnd.Tests;

/// <summary>The program as a process, with a simulated host: starting, restarting, stopping, ordering in the terminal.</summary>
[Trait("Speed", "slow")]
public sealed class SimulatedShopTests : IDisposable
{
    static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    readonly string _folder = Directory.CreateTempSubdirectory("lnvps-shop-").FullName;

    [Fact]
    public async Task Restarting_keeps_everything_and_both_signals_end_it_cleanly()
    {
        await using var shop = new ShopProcess(_folder, "--simulate");
        await shop.Start();
        Assert.Contains("A small shop was set up in", shop.Log, StringComparison.Ordinal);
        await TheSeedIsWhole();
        using var customer = new Customer(shop.Address);
        var vm = await customer.Order();
        await customer.Pay(vm);
        await Eventually.True("the machine", TimeSpan.FromMinutes(1), async () => await customer.State(vm) == "running");
        var before = (await customer.Get($"/api/v1/vm/{vm}"))["ip_assignments"]!.ToJsonString();
        var seed = await SeededShop.Everything(_folder);

        foreach (var stop in new[] { shop.Terminate, shop.Interrupt })
        {
            Assert.Equal(0, await stop());
            var said = shop.Log.Length;
            await shop.Start();

            // On every start, not on the first one only.
            Assert.Contains("SIMULATED HOST", shop.Log[said..], StringComparison.Ordinal);
            Assert.Contains("Using the shop in", shop.Log[said..], StringComparison.Ordinal);
            await Eventually.True("the machine to be seen again", TimeSpan.FromMinutes(1), async () => await customer.State(vm) == "running");
            Assert.Equal(before, (await customer.Get($"/api/v1/vm/{vm}"))["ip_assignments"]!.ToJsonString());
            Assert.Equal(seed, await SeededShop.Everything(_folder));
        }
        Assert.StartsWith("SIMULATED HOST", shop.Log, StringComparison.Ordinal);
    }

    async Task TheSeedIsWhole()
    {
        var company = Assert.Single(await SeededShop.Rows(_folder, "company"));
        Assert.Equal("EUR", company["base_currency"]);
        var region = Assert.Single(await SeededShop.Rows(_folder, "vm_host_region"));
        Assert.Equal((company["id"], 1L), (region["company_id"], region["enabled"]));
        var host = Assert.Single(await SeededShop.Rows(_folder, "vm_host"));
        Assert.Equal((region["id"], 1L), (host["region_id"], host["enabled"]));
        var disk = Assert.Single(await SeededShop.Rows(_folder, "vm_host_disk"));
        Assert.Equal((host["id"], 1L), (disk["host_id"], disk["enabled"]));
        Assert.Equal(1L, Assert.Single(await SeededShop.Rows(_folder, "vm_os_image"))["enabled"]);

        var plans = (await SeededShop.Rows(_folder, "vm_cost_plan")).ToDictionary(plan => plan["id"]!);
        var offers = (await SeededShop.Rows(_folder, "vm_template")).ConvertAll(offer => plans[offer["cost_plan_id"]!]);
        Assert.Equal([(1L, 0L), (1L, 1L), (1L, 2L)], offers.Select(plan => ((long)plan["interval_amount"]!, (long)plan["interval_type"]!)).Order());
        Assert.All(offers, plan => Assert.Equal("EUR", plan["currency"]));
        var custom = Assert.Single(await SeededShop.Rows(_folder, "vm_custom_pricing"));
        Assert.Equal((region["id"], 1L), (custom["region_id"], custom["enabled"]));
        Assert.Equal(custom["id"], Assert.Single(await SeededShop.Rows(_folder, "vm_custom_pricing_disk"))["pricing_id"]);
        var ranges = await SeededShop.Rows(_folder, "ip_range");
        Assert.Equal([AddressFamily.InterNetwork, AddressFamily.InterNetworkV6], ranges.Select(range => IPNetwork.Parse($"{range["cidr"]}").BaseAddress.AddressFamily).Order());
        Assert.All(ranges, range => Assert.Equal((region["id"], 1L), (range["region_id"], range["enabled"])));

        var settings = Settings.Read(SettingsNode.Parse("config.yaml", await File.ReadAllTextAsync(Path.Combine(_folder, "config.yaml"))));
        Assert.Equal(Enum.GetValues<Currency>().Where(currency => currency != Currency.BTC).Select(currency => currency.Code()).Order(StringComparer.Ordinal), settings.Rates.Fixed!.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_request_in_flight_is_answered_before_the_program_ends()
    {
        await using var shop = new ShopProcess(_folder, "--simulate");
        await shop.Start();
        using var connection = new TcpClient();
        await connection.ConnectAsync(IPAddress.Loopback, shop.Address.Port);
        var stream = connection.GetStream();
        using var reader = new StreamReader(stream, Encoding.ASCII);
        // Blanks first: with them the client has been quick enough for a minute, whatever the server thinks of slow ones.
        var (blanks, body) = (new byte[32 << 10], """{"advance":"1s"}"""u8.ToArray());
        blanks.AsSpan().Fill((byte)' ');
        await stream.WriteAsync(Encoding.ASCII.GetBytes(
            $"POST /api/dev/v1/clock HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {blanks.Length + body.Length}\r\nExpect: 100-continue\r\n\r\n"));
        // It reads the body, which has not come yet.
        Assert.Equal("HTTP/1.1 100 Continue", await reader.ReadLineAsync().WaitAsync(Limit));

        await stream.WriteAsync(blanks);

        await shop.Signal("INT");
        // Longer than the library of command lines would let a program take to end.
        await Task.Delay(TimeSpan.FromSeconds(3), TimeProvider.System);
        await stream.WriteAsync(body);

        Assert.Equal("", await reader.ReadLineAsync().WaitAsync(Limit));
        Assert.Equal("HTTP/1.1 200 OK", await reader.ReadLineAsync().WaitAsync(Limit));
        Assert.Equal(0, await shop.Ended());
    }

    [Fact]
    public async Task An_order_that_is_interrupted_has_not_happened()
    {
        // Makes a key for ever, or until the folder goes.
        var commands = Directory.CreateDirectory(Path.Combine(_folder, "commands")).FullName;
        var (command, begun) = (Path.Combine(commands, "ssh-keygen"), Path.Combine(commands, "begun"));
        await File.WriteAllTextAsync(command, $"#!/bin/sh\ntouch {begun}\nwhile [ -e {begun} ]; do sleep 0.2; done\n");
        File.SetUnixFileMode(command, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        await using var shop = new ShopProcess(_folder, "--simulate", "--order") { Commands = commands };
        shop.Launch();
        await Eventually.True("the order to begin", TimeSpan.FromMinutes(2), () => Task.FromResult(File.Exists(begun)));

        Assert.Equal(1, await shop.Interrupt());
    }

    [Fact]
    public async Task The_terminal_customer_orders_and_removes_a_machine()
    {
        await using var shop = new ShopProcess(_folder, "--simulate", "--order", "--once");

        var status = await shop.RunToEnd(TimeSpan.FromMinutes(2));

        Assert.True(status == 0, shop.Log);
        Assert.StartsWith("SIMULATED HOST", shop.Log, StringComparison.Ordinal);
        await PrintedOrder.Check(shop.Log);
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
        Assert.Contains("/nonexistent", shop.Log, StringComparison.Ordinal);
        // Nothing takes its place.
        Assert.DoesNotContain("SIMULATED", shop.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("ready at", shop.Log, StringComparison.Ordinal);
        Assert.Empty(await SeededShop.Rows(_folder, "vm_host"));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
