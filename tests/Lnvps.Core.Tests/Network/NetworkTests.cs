using System.Text;
using Lnvps.Core.Identity;
using Lnvps.Core.Network;
using Lnvps.Core.Randomness;

namespace Lnvps.Core.Tests.Network;

/// <summary>provisioning.md sections 6, 12.2 and 14.4.</summary>
public class NetworkTests
{
    [Theory]
    [InlineData("bc:24:11", "bc:24:11")]
    [InlineData("BC:24:11", "bc:24:11")]
    [InlineData("52:54:00", "52:54:00")]
    [InlineData("53:54:00", null)]
    [InlineData("bc:24", null)]
    [InlineData("bc:24:11:", null)]
    [InlineData("bc-24-11", null)]
    [InlineData("bc2411", null)]
    [InlineData("bc:24:11:00:00:00", null)]
    [InlineData("", null)]
    public void Mac_prefixes(string text, string? expected) => Assert.Equal(expected, MacPrefix.TryParse(text, out var prefix) ? prefix.ToString() : null);

    [Fact]
    public void Generated_addresses_have_the_prefix_and_random_bytes()
    {
        var random = new SeededRandomness(1);
        var drawn = Enumerable.Range(0, 100).Select(_ => MacPrefix.LibVirt.Draw(random)).ToList();
        Assert.All(drawn, mac => Assert.StartsWith("52:54:00:", mac.ToString(), StringComparison.Ordinal));
        Assert.All(drawn, mac => Assert.True(mac.IsUnicast && !mac.IsUnassigned));
        Assert.Equal(100, drawn.Distinct().Count());
        Assert.StartsWith("bc:24:11:", MacPrefix.Proxmox.Draw(random).ToString(), StringComparison.Ordinal);
    }

    /// <summary>RFC 9562 appendix A.4.</summary>
    [Fact]
    public void Version_5_of_the_rfc() =>
        Assert.Equal(new Guid("2ed6657d-e927-568b-95e1-2665a8aea6a2"), MachineIdentity.Version5(new Guid("6ba7b810-9dad-11d1-80b4-00c04fd430c8"), "www.example.com"));

    [Fact]
    public void Machines_keep_their_uuid()
    {
        Assert.Equal(new Guid("f3f4b5b4-5e08-5654-93de-9ba254be0cf2"), MachineIdentity.UuidOf(new VmId(5)));
        Assert.NotEqual(MachineIdentity.UuidOf(new VmId(5)), MachineIdentity.UuidOf(new VmId(6)));
        Assert.Equal("vm-5", MachineIdentity.ForwardLabelOf(new VmId(5)));
    }

    [Theory]
    [InlineData("VM5", 5U)]
    [InlineData("VM4294967295", uint.MaxValue)]
    [InlineData("VM4294967296", null)]
    [InlineData("VM0", 0U)]
    [InlineData("VM05", null)]
    [InlineData("VM+5", null)]
    [InlineData("VM 5", null)]
    [InlineData("VM5a", null)]
    [InlineData("VM١", null)]
    [InlineData("", null)]
    [InlineData("vm5", null)]
    [InlineData("VM", null)]
    [InlineData("VM-5", null)]
    [InlineData("VM5 ", null)]
    [InlineData("web", null)]
    public void Foreign_machines_are_told_apart(string name, uint? id)
    {
        Assert.Equal(id is not null, MachineIdentity.TryParseName(name, out var vm));
        Assert.Equal(id ?? 0, vm.Value);
    }

    [Theory]
    [InlineData("mail.example.net", "mail.example.net")]
    [InlineData("mail.example.net.", "mail.example.net")]
    [InlineData("a.b", "a.b")]
    [InlineData("1.2", "1.2")]
    [InlineData("xn--bcher-kva.example", "xn--bcher-kva.example")]
    [InlineData("", null)]
    [InlineData(".", null)]
    [InlineData("localhost", null)]
    [InlineData("localhost.", null)]
    [InlineData("a..b", null)]
    [InlineData("a.b..", null)]
    [InlineData("-a.b", null)]
    [InlineData("a-.b", null)]
    [InlineData("a_b.c", null)]
    [InlineData("bücher.example", null)]
    [InlineData("a b.c", null)]
    [InlineData("a.b/c", null)]
    public void Host_names(string text, string? expected) => Assert.Equal(expected, HostName.TryParse(text, out var name) ? name.Value : null);

    [Fact]
    public void Host_name_lengths()
    {
        var label = new string('a', 63);
        Assert.True(HostName.TryParse($"{label}.b", out _));
        Assert.False(HostName.TryParse($"{label}a.b", out _));
        var longest = $"{label}.{label}.{label}.{new string('b', 61)}";
        Assert.Equal(253, longest.Length);
        Assert.True(HostName.TryParse(longest, out _));
        Assert.True(HostName.TryParse($"{longest}.", out _));
        Assert.False(HostName.TryParse($"{longest}b", out _));
    }

    [Fact]
    public void Ten_thousand_bad_names_do_no_harm()
    {
        var random = new SeededRandomness(42);
        for (var i = 0; i < 10_000; i++)
        {
            var bytes = new byte[(int)random.Below(300)];
            random.Fill(bytes);
            var text = Encoding.Latin1.GetString(bytes);
            _ = HostName.TryParse(text, out _);
            _ = MachineIdentity.TryParseName("VM" + text, out _);
            _ = MacPrefix.TryParse(text, out _);
        }
    }
}
