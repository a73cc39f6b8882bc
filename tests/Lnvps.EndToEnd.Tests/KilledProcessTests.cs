using System.Globalization;
using System.Text.Json.Nodes;
using Lnvps.Platform.Workflows;

namespace Lnvps.EndToEnd.Tests;

/// <summary>
/// kill -9 of the real process at each step of building a machine on LibVirt, and a start on the same folder after each; then a clean stop beside the machine that
/// runs, and its deletion.
/// </summary>
[Collection(RealHostTests.Name)]
[Trait("Speed", "slow"), Trait("Needs", "libvirt")]
public class KilledProcessTests(RealHost host) : IClassFixture<RealHost>
{
    static readonly TimeSpan Limit = TimeSpan.FromMinutes(4);

    // Only their names are looked at.
    static readonly List<string> Steps = [.. new CreateVm(bench: null!).Definition.Steps.Select(step => step.Name)];

    [Fact]
    public async Task Killed_at_each_step_it_ends_with_one_working_machine_and_the_payment()
    {
        var folder = host.NewFolder();
        await using var shop = new ShopProcess(folder, host.Arguments);
        await shop.Start();
        using var customer = new Customer(shop.Address);
        var vm = await customer.Order();
        using var held = new HeldStep(folder);
        held.Hold(step: 0);
        var payment = await customer.Pay(vm);

        // Each step is met twice: when it has just begun, and when all of it is done and nothing recorded.
        for (var step = 0; step < Steps.Count; step++)
        {
            await Eventually.True($"'{Steps[step]}' to begin", Limit, () => Task.FromResult(held.Present == step));
            await shop.Kill();
            // The lease that the dead process held is waited for once; that takes 15 seconds.
            if (step > 0)
                held.EndLeases();
            await shop.Start();

            await Eventually.True($"'{Steps[step]}' to be done", Limit, () => Task.FromResult(held.IsReached));
            await shop.Kill();
            Assert.Equal(step, held.Present);
            held.Release();
            held.EndLeases();
            if (step + 1 < Steps.Count)
                held.Hold(step + 1);
            await shop.Start();
        }

        await Eventually.True("the end", Limit, async () => (await Build(customer, vm))["state"]!.GetValue<string>() == "succeeded");
        var done = (await Build(customer, vm))["steps"]!.AsArray();
        Assert.Equal(Steps, done.Select(step => step!["name"]!.GetValue<string>()));
        Assert.All(done, step => Assert.Equal("done", step!["outcome"]!.GetValue<string>()));
        Assert.True((await customer.Get($"/api/v1/payment/{payment}"))["is_paid"]!.GetValue<bool>());

        await Eventually.True("the machine", Limit, async () => await customer.State(vm) == "running");
        var addresses = await customer.Addresses(vm);
        Assert.Equal(2, addresses.Count);
        await customer.UntilSsh(addresses[0]);
        Assert.Equal($"VM{vm}", (await customer.Run(addresses[0], "hostname")).Trim());
        Assert.Equal($"VM{vm}", (await host.Virsh("list", "--all", "--name")).Trim());
        Assert.Single((await host.Virsh("nwfilter-list")).Split('\n'), line => line.Contains("lnvps-vm-", StringComparison.Ordinal));
        Assert.Single((await host.Volumes()).Split('\n'), line => line.Contains($"vm-{vm}-disk0", StringComparison.Ordinal));
        var history = (await customer.Get($"/api/v1/vm/{vm}/history")).AsArray().Select(row => row!["action_type"]!.GetValue<string>()).ToList();
        Assert.Equal(["started", "renewed", "payment_received", "created"], history);

        await AGuestOutlivesACleanStop(shop, customer, vm, addresses);
        await TheSeededHostIsThisOne(folder);
        await ADeletionLeavesNothing(customer, vm);
    }

    /// <summary>The program ends while a customer's session in the guest goes on, and finds the machine again at its next start.</summary>
    async Task AGuestOutlivesACleanStop(ShopProcess shop, Customer customer, uint vm, List<string> addresses)
    {
        // Names this boot of the guest's kernel: another one would be another run of the machine.
        const string boot = "cat /proc/sys/kernel/random/boot_id";
        var before = await customer.Run(addresses[0], boot);

        Assert.Equal(0, await shop.Interrupt());
        Assert.Equal("running", (await host.Virsh("domstate", $"VM{vm}")).Trim());
        Assert.Equal(before, await customer.Run(addresses[0], boot));

        await shop.Start();
        await Eventually.True("the machine to be found again", Limit, async () => await customer.State(vm) == "running");
        Assert.Equal(addresses, await customer.Addresses(vm));
        Assert.Equal(before, await customer.Run(addresses[0], boot));
    }

    /// <summary>Its cores are those that the kernel counts, its memory that of LibVirt's own tool, which adds up the nodes of the machine.</summary>
    async Task TheSeededHostIsThisOne(string folder)
    {
        var cores = (await Shell.Run("getconf", "_NPROCESSORS_ONLN")).Trim();
        var told = (await host.Virsh("nodeinfo")).Split('\n').Single(line => line.StartsWith("Memory size:", StringComparison.Ordinal));
        var memory = long.Parse(told.Split(' ', StringSplitOptions.RemoveEmptyEntries)[2], CultureInfo.InvariantCulture) << 10;
        var row = Assert.Single(await SeededShop.Rows(folder, "vm_host"));
        Assert.Equal((cores, memory), ($"{row["cpu"]}", (long)row["memory"]!));
        Assert.Equal(Environment.MachineName, row["name"]);
        var pool = Assert.Single(await SeededShop.Rows(folder, "vm_host_disk"));
        Assert.InRange((long)pool["size"]!, 1, long.MaxValue);
    }

    async Task ADeletionLeavesNothing(Customer customer, uint vm)
    {
        await customer.Post($"/api/dev/v1/vm/{vm}/delete", null);
        await Eventually.True("the machine to go", Limit, async () => (await customer.Get("/api/v1/vm")).AsArray().Count == 0);
        Assert.Equal("", (await host.Virsh("list", "--all", "--name")).Trim());
        Assert.DoesNotContain("lnvps-vm-", await host.Virsh("nwfilter-list"), StringComparison.Ordinal);
        Assert.DoesNotContain($"vm-{vm}-", await host.Volumes(), StringComparison.Ordinal);
    }

    static async Task<JsonNode> Build(Customer customer, uint vm) =>
        (await customer.Get($"/api/v1/action?vm_id={vm}")).AsArray().First(action => action!["kind"]!.GetValue<string>() == CreateVm.Kind)!;
}
