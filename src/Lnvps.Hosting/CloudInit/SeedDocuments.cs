using System.Net;
using System.Net.Sockets;
using Lnvps.Core.Outcomes;
using Lnvps.Hosting.Hosts;

namespace Lnvps.Hosting.CloudInit;

/// <summary>
/// The three NoCloud documents a guest configures itself from (provisioning.md section 12.6). Equal machines give equal bytes: a changed seed
/// would look like a new instance.
/// </summary>
static class SeedDocuments
{
    /// <summary>Never changes for a machine, or the guest would regenerate its identity.</summary>
    public static byte[] MetaData(Machine machine) => new Yaml()
        .Value(0, "instance-id", $"lnvps-vm-{machine.Vm}")
        .Value(0, "local-hostname", machine.Name)
        .ToUtf8();

    /// <exception cref="OutsideFault">Fatal: the key is empty or not one line, or the image's user name is not usable.</exception>
    public static byte[] UserData(Machine machine, IReadOnlyList<IPAddress> resolvers)
    {
        var key = machine.SshKey.Trim();
        if (key.Length == 0 || key.Any(char.IsControl))
            throw OutsideFault.Fatal($"{machine.Name} has no usable SSH key: nobody could log in");
        var user = machine.Image.DefaultUser;
        if (user is not null && !IsUserName(user))
            throw OutsideFault.Fatal($"Image {machine.Image.Id} names the unusable user '{user}'");

        var yaml = new Yaml()
            .Line(0, "#cloud-config")
            .Value(0, "hostname", machine.Name)
            .Value(0, "manage_etc_hosts", true)
            .Line(0, "users:")
            .Line(1, "- default");
        if (user is not null)
        {
            yaml.Line(1, $"- name: {Yaml.Quote(user)}")
                .Value(2, "sudo", "ALL=(ALL) NOPASSWD:ALL")
                .Value(2, "shell", "/bin/bash")
                .Value(2, "lock_passwd", true)
                .Line(2, "ssh_authorized_keys:")
                .Item(3, key);
        }
        yaml.Line(0, "ssh_authorized_keys:")
            .Item(1, key)
            .Value(0, "ssh_pwauth", false)
            // An image whose only user is root would otherwise let nobody in.
            .Value(0, "disable_root", user != "root")
            // New host keys at every reconfiguration would alarm customers.
            .Value(0, "ssh_deletekeys", false);
        if (resolvers.Count > 0)
        {
            yaml.Value(0, "manage_resolv_conf", true)
                .Line(0, "resolv_conf:")
                .Line(1, "nameservers:");
            foreach (var resolver in resolvers)
                yaml.Item(2, resolver.ToString());
            // The module above serves some distributions only; a plain file serves minimal images of the others.
            yaml.Line(0, "write_files:")
                .Line(1, $"- path: {Yaml.Quote("/etc/resolv.conf")}")
                .Value(2, "content", string.Concat(resolvers.Select(r => $"nameserver {r}\n")));
        }
        return yaml.ToUtf8();
    }

    public static byte[] NetworkConfig(Machine machine, IReadOnlyList<IPAddress> resolvers)
    {
        var yaml = new Yaml()
            .Line(0, "version: 2")
            .Line(0, "ethernets:")
            .Line(1, "eth0:")
            .Line(2, "match:")
            .Value(3, "macaddress", machine.Mac.ToString())
            .Value(2, "set-name", "eth0")
            .Value(2, "dhcp4", false)
            .Value(2, "dhcp6", false)
            .Value(2, "accept-ra", machine.Addresses.Any(a => a.Slaac));
        var fixedAddresses = machine.Addresses.Where(a => !a.Slaac).ToArray();
        if (fixedAddresses.Length > 0)
        {
            yaml.Line(2, "addresses:");
            foreach (var address in fixedAddresses)
                yaml.Item(3, $"{address.Address}/{address.PrefixLength}");
            yaml.Line(2, "routes:");
            // One default route per family: the first address of each decides.
            foreach (var first in fixedAddresses.GroupBy(a => a.Address.AddressFamily).Select(g => g.First()))
            {
                yaml.Line(3, $"- to: {Yaml.Quote(first.Address.AddressFamily == AddressFamily.InterNetwork ? "0.0.0.0/0" : "::/0")}")
                    .Value(4, "via", first.Gateway.ToString());
                if (!SharePrefix(first.Address, first.Gateway, first.PrefixLength))
                    yaml.Value(4, "on-link", true);
            }
        }
        if (resolvers.Count > 0)
        {
            yaml.Line(2, "nameservers:").Line(3, "addresses:");
            foreach (var resolver in resolvers)
                yaml.Item(4, resolver.ToString());
        }
        return yaml.ToUtf8();
    }

    static bool SharePrefix(IPAddress a, IPAddress b, int bits)
    {
        var (left, right) = (a.GetAddressBytes(), b.GetAddressBytes());
        if (left.Length != right.Length || !left.AsSpan(0, bits / 8).SequenceEqual(right.AsSpan(0, bits / 8)))
            return false;
        return bits % 8 == 0 || (left[bits / 8] ^ right[bits / 8]) >> (8 - bits % 8) == 0;
    }

    static bool IsUserName(string name) =>
        name.Length is > 0 and <= 32 && (char.IsAsciiLetterLower(name[0]) || name[0] == '_')
        && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '_' or '-');
}
