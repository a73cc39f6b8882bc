using System.Text.Json.Nodes;
using Lnvps.Platform.Workflows;

namespace Lnvps.EndToEnd.Tests;

/// <summary>kill -9 of the real process at each step of building a machine on LibVirt, and a start on the same folder after each.</summary>
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
    }

    static async Task<JsonNode> Build(Customer customer, uint vm) =>
        (await customer.Get($"/api/v1/action?vm_id={vm}")).AsArray().First(action => action!["kind"]!.GetValue<string>() == CreateVm.Kind)!;
}
