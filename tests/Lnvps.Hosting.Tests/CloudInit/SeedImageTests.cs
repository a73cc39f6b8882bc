using System.Net;
using System.Text;
using Lnvps.Core.Network;
using Lnvps.Core.Outcomes;
using Lnvps.Hosting.CloudInit;
using Lnvps.Hosting.Hosts;

namespace Lnvps.Hosting.Tests.CloudInit;

public sealed class SeedImageTests
{
    static readonly IPAddress[] Resolvers = [IPAddress.Parse("192.0.2.53")];

    static string Network(Machine machine) => Encoding.UTF8.GetString(SeedDocuments.NetworkConfig(machine, Resolvers));

    static string User(Machine machine) => Encoding.UTF8.GetString(SeedDocuments.UserData(machine, Resolvers));

    [Fact]
    public void Meta_data_names_the_machine_for_life() =>
        Assert.Equal("instance-id: \"lnvps-vm-7\"\nlocal-hostname: \"VM7\"\n", Encoding.UTF8.GetString(SeedDocuments.MetaData(Machines.Some())));

    [Fact]
    public void User_data_gives_the_key_to_the_image_user_and_closes_other_ways_in() => Assert.Equal($$"""
        #cloud-config
        hostname: "VM7"
        manage_etc_hosts: true
        users:
          - default
          - name: "debian"
            sudo: "ALL=(ALL) NOPASSWD:ALL"
            shell: "/bin/bash"
            lock_passwd: true
            ssh_authorized_keys:
              - "{{Machines.Key}}"
        ssh_authorized_keys:
          - "{{Machines.Key}}"
        ssh_pwauth: false
        disable_root: true
        ssh_deletekeys: false
        manage_resolv_conf: true
        resolv_conf:
          nameservers:
            - "192.0.2.53"
        write_files:
          - path: "/etc/resolv.conf"
            content: "nameserver 192.0.2.53\n"

        """, User(Machines.Some()));

    [Fact]
    public void An_image_without_a_user_name_gets_its_own_default_only() =>
        Assert.DoesNotContain("- name:", User(Machines.Some() with { Image = Machines.Image with { DefaultUser = null } }), StringComparison.Ordinal);

    [Fact]
    public void An_image_whose_user_is_root_stays_open_for_the_key() =>
        Assert.Contains("disable_root: false", User(Machines.Some() with { Image = Machines.Image with { DefaultUser = "root" } }), StringComparison.Ordinal);

    [Fact]
    public void Network_config_lists_exactly_the_addresses_with_one_default_route_each() => Assert.Equal("""
        version: 2
        ethernets:
          eth0:
            match:
              macaddress: "52:54:00:12:00:07"
            set-name: "eth0"
            dhcp4: false
            dhcp6: false
            accept-ra: false
            addresses:
              - "192.0.2.10/24"
              - "192.0.2.11/24"
              - "2001:db8::10/64"
            routes:
              - to: "0.0.0.0/0"
                via: "192.0.2.1"
              - to: "::/0"
                via: "2001:db8::1"
            nameservers:
              addresses:
                - "192.0.2.53"

        """, Network(Machines.Some() with { Addresses = [Machines.V4, Machines.V4 with { Address = IPAddress.Parse("192.0.2.11") }, Machines.V6] }));

    [Fact]
    public void A_gateway_outside_the_prefix_is_on_link()
    {
        var outside = Machines.V4 with { PrefixLength = 32, Gateway = IPAddress.Parse("198.51.100.1") };
        Assert.Contains("via: \"198.51.100.1\"\n        on-link: true\n", Network(Machines.Some() with { Addresses = [outside] }), StringComparison.Ordinal);
    }

    [Fact]
    public void An_address_the_guest_configures_itself_is_not_written_down()
    {
        var text = Network(Machines.Some() with { Addresses = [Machines.V4, Machines.V6 with { Slaac = true }] });
        Assert.Contains("accept-ra: true", text, StringComparison.Ordinal);
        Assert.DoesNotContain("2001:db8", text, StringComparison.Ordinal);
        Assert.DoesNotContain("::/0", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_mac_of_digits_is_quoted() =>
        Assert.Contains("\"52:54:00:12:34:56\"", Network(Machines.Some() with { Mac = MacAddress.Parse("52:54:00:12:34:56") }), StringComparison.Ordinal);

    [Theory]
    [InlineData("")]
    [InlineData("  \n")]
    [InlineData("ssh-ed25519 AAAA\nruncmd: [evil]")]
    public void A_key_that_is_empty_or_not_one_line_is_refused(string key)
    {
        var fault = Assert.Throws<OutsideFault>(() => SeedImage.Write(Machines.Some() with { SshKey = key }, Resolvers));
        Assert.False(fault.IsTransient);
    }

    [Theory]
    [InlineData("Debian")]
    [InlineData("a b")]
    [InlineData("a:\n")]
    [InlineData("")]
    public void A_user_name_that_is_none_is_refused(string user) =>
        Assert.Throws<OutsideFault>(() => SeedImage.Write(Machines.Some() with { Image = Machines.Image with { DefaultUser = user } }, Resolvers));

    [Fact]
    public void A_comment_in_the_key_cannot_leave_its_quotes() =>
        Assert.Contains("- \"ssh-ed25519 AAAA x\\\"\\\\\\U0001f600\"", User(Machines.Some() with { SshKey = "ssh-ed25519 AAAA x\"\\😀" }), StringComparison.Ordinal);

    [Fact]
    public void Equal_machines_give_equal_bytes()
    {
        Assert.Equal(SeedImage.Write(Machines.Some(), Resolvers), SeedImage.Write(Machines.Some(), Resolvers));
        Assert.NotEqual(SeedImage.Write(Machines.Some(), Resolvers), SeedImage.Write(Machines.Some(8), Resolvers));
    }
}
