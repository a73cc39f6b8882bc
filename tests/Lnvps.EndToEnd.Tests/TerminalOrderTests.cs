namespace Lnvps.EndToEnd.Tests;

/// <summary>What ./run --order --once does, on LibVirt and QEMU: from a key to a shell in a guest, and away with it.</summary>
[Collection(RealHostTests.Name)]
[Trait("Speed", "slow"), Trait("Needs", "libvirt")]
public class TerminalOrderTests(RealHost host) : IClassFixture<RealHost>
{
    [Fact]
    public async Task The_terminal_customer_logs_in_to_a_real_machine_and_removes_it()
    {
        await using var shop = new ShopProcess(host.NewFolder(), [.. host.Arguments, "--order", "--once"]);

        var status = await shop.RunToEnd(TimeSpan.FromMinutes(7));

        Assert.True(status == 0, shop.Log);
        Assert.DoesNotContain("SIMULATED HOST", shop.Log, StringComparison.Ordinal);
        foreach (var said in new[] { "lnbcrt", "Running", "SSH answered: Linux VM1", "Removed" })
            Assert.Contains(said, shop.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("VM1\n", await host.Virsh("list", "--all", "--name"), StringComparison.Ordinal);
        Assert.DoesNotContain("vm-1-", await host.Volumes(), StringComparison.Ordinal);
        Assert.DoesNotContain("lnvps-vm-1\n", await host.Virsh("nwfilter-list"), StringComparison.Ordinal);
    }
}
