using System.Text.Json.Nodes;

namespace Lnvps.EndToEnd.Tests;

/// <summary>kill -9 of the real process while a machine is being built on LibVirt, at each step; then a start on the same folder.</summary>
[Collection(RealHostTests.Name)]
[Trait("Speed", "slow")]
public class KilledProcessTests(RealHost host) : IClassFixture<RealHost>
{
    static readonly TimeSpan Limit = TimeSpan.FromMinutes(4);

    [Fact]
    public async Task Killed_after_each_step_it_ends_with_one_working_machine_and_the_payment()
    {
        await using var shop = new ShopProcess(host.NewFolder(), host.Arguments);
        await shop.Start();
        using var customer = new Customer(shop.Address);
        var vm = await customer.Order();

        var payment = await customer.Pay(vm);
        // Killed first before anything was recorded, then again each time one more step is; short steps may be over before they are seen.
        var killedAfter = new List<int>();
        for (var recorded = 0; ; recorded++)
        {
            var wanted = recorded;
            await Eventually.True($"step {wanted}", Limit, async () => Finished(await Build(customer, vm)) >= wanted);
            var build = await Build(customer, vm);
            if (build?["state"]!.GetValue<string>() == "succeeded")
                break;
            await shop.Kill();
            killedAfter.Add(Finished(build));
            await shop.Start();
        }
        Assert.True(killedAfter.Distinct().Count() >= 4, string.Join(' ', killedAfter));

        await Eventually.True("the machine", Limit, async () => await customer.State(vm) == "running");
        Assert.True((await customer.Get($"/api/v1/payment/{payment}"))["is_paid"]!.GetValue<bool>());
        var addresses = await customer.Addresses(vm);
        Assert.Equal(2, addresses.Count);
        await customer.UntilSsh(addresses[0]);
        Assert.Equal($"VM{vm}", (await customer.Run(addresses[0], "hostname")).Trim());
        Assert.Equal($"VM{vm}", (await host.Virsh("list", "--all", "--name")).Split('\n').Single(name => name == $"VM{vm}"));
        Assert.Single((await host.Volumes()).Split('\n'), line => line.Contains($"vm-{vm}-disk0", StringComparison.Ordinal));
        var history = (await customer.Get($"/api/v1/vm/{vm}/history")).AsArray().Select(row => row!["action_type"]!.GetValue<string>()).ToList();
        Assert.Equal(["started", "renewed", "payment_received", "created"], history);
    }

    static async Task<JsonNode?> Build(Customer customer, uint vm) =>
        (await customer.Get($"/api/v1/action?vm_id={vm}")).AsArray().FirstOrDefault(action => action!["kind"]!.GetValue<string>() == "create-vm");

    static int Finished(JsonNode? build) =>
        build?["steps"]!.AsArray().Where(step => step!["outcome"]!.GetValue<string>() == "done").Select(step => step!["name"]!.GetValue<string>()).Distinct().Count() ?? 0;
}
