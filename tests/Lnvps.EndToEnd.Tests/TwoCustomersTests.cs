using System.Text.Json.Nodes;
using Lnvps.Testing.Servers;

namespace Lnvps.EndToEnd.Tests;

/// <summary>The main job on real parts: real HTTP, real invoices, LibVirt, QEMU and SSH.</summary>
[Collection(RealHostTests.Name)]
[Trait("Speed", "slow"), Trait("Needs", "libvirt")]
public class TwoCustomersTests(RealHost host) : IClassFixture<RealHost>
{
    static readonly TimeSpan BuildLimit = TimeSpan.FromMinutes(4);

    [Fact]
    public async Task Two_machines_live_apart_and_go_without_a_trace()
    {
        await using var shop = new ShopProcess(host.NewFolder(), host.Arguments);
        await shop.Start();
        using var alice = new Customer(shop.Address);
        using var bob = new Customer(shop.Address);

        var ordered = await Task.WhenAll(alice.Order(), bob.Order());
        var (hers, his) = (ordered[0], ordered[1]);
        await Task.WhenAll(alice.Pay(hers), bob.Pay(his));
        await Eventually.True("both machines", BuildLimit, async () => await alice.State(hers) == "running" && await bob.State(his) == "running");
        var (herAddresses, hisAddresses) = (await alice.Addresses(hers), await bob.Addresses(his));
        Assert.Empty(herAddresses.Intersect(hisAddresses));
        await Task.WhenAll(alice.UntilSsh(herAddresses[0]), bob.UntilSsh(hisAddresses[0]));

        await GuestIsWhatWasSold(alice, hers, herAddresses);
        await GuestIsWhatWasSold(bob, his, hisAddresses);
        await IsNotLetIn(alice, hisAddresses[0]);
        await IsNotLetIn(bob, herAddresses[0]);
        await ASpoofedSourceDoesNotGetOut(alice, herAddresses[0]);

        // Alice renews and lives on; Bob's machine expires, stops and disappears with everything it had.
        await alice.Pay(hers, intervals: 30);
        await alice.Post("/api/dev/v1/clock", new JsonObject { ["advance"] = "25h" });
        await Eventually.True("Bob's machine to stop", BuildLimit, async () => await bob.State(his) == "stopped");
        Assert.Contains(await HistoryOf(bob, his), action => action == "expired");
        await alice.Post("/api/dev/v1/clock", new JsonObject { ["advance"] = "4d" });
        await Eventually.True("Bob's machine to go", BuildLimit, async () => (await bob.Get("/api/v1/vm")).AsArray().Count == 0);
        Assert.Equal("deleted", (await HistoryOf(bob, his))[0]);
        foreach (var left in new[] { await host.Virsh("list", "--all", "--name"), await host.Virsh("nwfilter-list"), await host.Volumes() })
        {
            Assert.DoesNotContain($"VM{his}\n", left, StringComparison.Ordinal);
            Assert.DoesNotContain($"vm-{his}", left, StringComparison.Ordinal);
        }
        Assert.Equal(0, (await alice.Ssh(herAddresses[0], "true")).Status);

        // His addresses are free again: the lowest goes to the next machine.
        using var carol = new Customer(shop.Address);
        var next = await carol.Order();
        await carol.Pay(next);
        await Eventually.True("Carol's machine", BuildLimit, async () => await carol.State(next) == "running");
        var nextAddresses = await carol.Addresses(next);
        Assert.Equal(hisAddresses[0], nextAddresses[0]);
        Assert.Equal(2, nextAddresses.Count);
        Assert.Empty(nextAddresses.Intersect(herAddresses));
    }

    static async Task GuestIsWhatWasSold(Customer customer, uint vm, List<string> addresses)
    {
        Assert.Equal($"VM{vm}", (await customer.Run(addresses[0], "hostname")).Trim());
        var shown = await customer.Run(addresses[0], "ip -o addr show scope global");
        var inside = shown.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[3]).ToList();
        Assert.Equal(addresses.Order(StringComparer.Ordinal), inside.Order(StringComparer.Ordinal));
        var keys = (await customer.Run(addresses[0], "cat .ssh/authorized_keys")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(WithoutComment(customer.PublicKey), WithoutComment(Assert.Single(keys)));
    }

    /// <summary>The guest answers and refuses the key; a guest that is away or slow proves nothing.</summary>
    static async Task IsNotLetIn(Customer customer, string address)
    {
        var (status, output) = await customer.Ssh(address, "echo inside");
        Assert.Equal(255, status);
        Assert.Contains($"{customer.User}@{address.Split('/')[0]}: Permission denied (publickey", output, StringComparison.Ordinal);
        Assert.DoesNotContain("inside", output, StringComparison.Ordinal);
    }

    static string WithoutComment(string key) => string.Join(' ', key.Split(' ')[..2]);

    static async Task ASpoofedSourceDoesNotGetOut(Customer customer, string address)
    {
        const string gateway = LibVirtServer.Gateway, foreign = RealHost.UnusedAddress;
        var interfaceName = (await customer.Run(address, $"ip -o route get {gateway}")).Split(" dev ")[1].Split(' ')[0];
        await customer.Run(address, $"sudo ping -c 1 -W 5 {gateway}");

        await customer.Run(address, $"sudo ip addr add {foreign}/32 dev {interfaceName}");
        Assert.NotEqual(0, (await customer.Ssh(address, $"sudo ping -c 2 -W 3 -I {foreign} {gateway}")).Status);

        // It was the address, not the network: the guest's own still gets through.
        await customer.Run(address, $"sudo ping -c 1 -W 5 {gateway}");
        await customer.Run(address, $"sudo ip addr del {foreign}/32 dev {interfaceName}");
    }

    static async Task<List<string>> HistoryOf(Customer customer, uint vm) =>
        [.. (await customer.Get($"/api/v1/vm/{vm}/history")).AsArray().Select(row => row!["action_type"]!.GetValue<string>())];
}
