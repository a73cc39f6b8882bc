using System.Text.RegularExpressions;
using Lnvps.Testing.Servers;

namespace Lnvps.EndToEnd.Tests;

/// <summary>What ./run --order --once does, on LibVirt and QEMU: from a key to a shell in a guest, and away with it.</summary>
[Collection(RealHostTests.Name)]
[Trait("Speed", "slow"), Trait("Needs", "libvirt")]
public class TerminalOrderTests(RealHost host) : IClassFixture<RealHost>
{
    [Fact]
    public async Task The_terminal_customer_logs_in_to_a_real_machine_and_removes_it()
    {
        var folder = host.NewFolder();
        await using var shop = new ShopProcess(folder, [.. host.Arguments, "--order", "--once"]);

        var status = await shop.RunToEnd(TimeSpan.FromMinutes(7));

        Assert.True(status == 0, shop.Log);
        Assert.DoesNotContain("SIMULATED HOST", shop.Log, StringComparison.Ordinal);
        await PrintedOrder.Check(shop.Log);
        foreach (var said in new[] { "Running", "SSH answered: Linux VM1", "Removed" })
            Assert.Contains(said, shop.Log, StringComparison.Ordinal);
        // It was tried with this key and this address just before.
        var key = Path.Combine(folder, "customer", "id_ed25519");
        Assert.Matches($@"Log in with: ssh -i {Regex.Escape(key)} guest@{Regex.Escape(LibVirtServer.Gateway[..(LibVirtServer.Gateway.LastIndexOf('.') + 1)])}\d+\n", shop.Log);
        Assert.True(File.Exists(key));
        Assert.DoesNotContain("VM1\n", await host.Virsh("list", "--all", "--name"), StringComparison.Ordinal);
        Assert.DoesNotContain("vm-1-", await host.Volumes(), StringComparison.Ordinal);
        Assert.DoesNotContain("lnvps-vm-1\n", await host.Virsh("nwfilter-list"), StringComparison.Ordinal);
    }
}
