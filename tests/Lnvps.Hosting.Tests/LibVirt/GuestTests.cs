using System.Diagnostics;
using System.Globalization;
using System.Net;
using Lnvps.Core.Catalogue;
using Lnvps.Core.Identity;
using Lnvps.Core.Sizes;
using Lnvps.Hosting.Hosts;
using Lnvps.Hosting.LibVirt;
using Lnvps.Testing.Servers;

namespace Lnvps.Hosting.Tests.LibVirt;

/// <summary>
/// A Linux guest (guest/build-small) as a customer meets it: only a booting guest proves definition, seed and filter. The daemon and QEMU accept
/// almost anything.
/// </summary>
[Trait("Speed", "slow"), Trait("Needs", "libvirt")]
public sealed class GuestTests : IAsyncLifetime
{
    static readonly TimeSpan Boot = TimeSpan.FromMinutes(2);

    HostFixture _f = null!;
    string _key = null!;

    public async Task InitializeAsync()
    {
        _f = await HostFixture.Start(options: HostFixture.Options with { ShutdownTimeoutSecs = 60 });
        _key = Path.Combine(_f.Server.Folder, _f.Pool + ".key");
        Programs.Output("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", _key);
    }

    public async Task DisposeAsync() => await _f.DisposeAsync();

    static MachineAddress V4(string address) => new(IPAddress.Parse(address), 16, IPAddress.Parse("10.66.0.1"), Slaac: false);

    static MachineAddress V6(string address) => new(IPAddress.Parse(address), 64, IPAddress.Parse("fd66::1"), Slaac: false);

    async Task<Machine> NewGuest() => _f.NewMachine() with
    {
        Image = new OsImage(new ImageId(2), new Uri(await LibVirtServer.SmallGuest()), Checksum: null, "guest"),
        DiskSize = Bytes.FromMib(512),
        Memory = Bytes.FromMib(128),
        Addresses = [V4("10.66.0.10"), V6("fd66::10")],
        SshKey = (await File.ReadAllTextAsync(_key + ".pub")).Trim(),
    };

    [Fact]
    public async Task It_gets_what_was_assigned_and_sends_as_nobody_else()
    {
        var machine = await NewGuest();
        await _f.Host.ImportDisk(machine, default);
        await _f.Host.Define(machine, default);
        await _f.Host.Start(machine.Vm, default);
        await using var console = await _f.Host.OpenConsole(machine.Vm, default);
        using var log = new StreamReader(console);
        var said = log.ReadToEndAsync();
        try
        {
            await Answers();
        }
        catch (Exception silent)
        {
            await _f.Host.Delete(machine.Vm, default);
            throw new InvalidOperationException($"The guest did not come up:\n{await said}", silent);
        }

        Assert.Equal(machine.Name, await Ssh("hostname"));
        Assert.Equal("10.66.0.10/16 fd66::10/64", await Ssh("ip -o addr show dev eth0 scope global | awk '{print $4}' | sort | tr '\\n' ' '"));
        Assert.Equal("yes", await Ssh("sudo ping -c 1 -w 20 10.66.0.1 >/dev/null && echo yes"));
        Assert.Equal("yes", await Ssh("sudo ping -6 -c 1 -w 20 fd66::1 >/dev/null && echo yes"));
        Assert.Equal("yes", await Ssh("sudo ping -6 -c 1 -w 20 -I eth0 ff02::1 >/dev/null && echo yes"));

        // Addresses that are not the machine's do not get out, whatever the guest configures.
        await Count("iptables", "-s", "10.66.0.77");
        await Count("ip6tables", "-s", "fd66::77");
        await Count("ip6tables", "-s", "fe80::77");
        await Count("iptables", "-p", "udp", "--sport", "67");
        await Count("iptables", "-m", "mac", "--mac-source", "52:54:00:77:77:77");
        await Ssh("sudo ip addr add 10.66.0.77/16 dev eth0; sudo ip addr add fd66::77/64 dev eth0; sudo ip addr add fe80::77/64 dev eth0; sleep 3");
        await Spoof();
        Assert.All(await Counted(), count => Assert.Equal(0, count));
        Assert.Equal("no", await Ssh("sudo arping -q -c 2 -w 3 -I eth0 -s 10.66.0.77 10.66.0.1 && echo yes || echo no"));

        // Once assigned, they do, while the machine runs.
        await _f.Host.Define(machine with { Addresses = [.. machine.Addresses, V4("10.66.0.77"), V6("fd66::77")] }, default);
        await Spoof();
        var counted = await Counted();
        Assert.True(counted[0] > 0 && counted[1] > 0, string.Join(' ', counted));
        Assert.All(counted[2..], count => Assert.Equal(0, count));
        Assert.Equal("yes", await Ssh("sudo arping -q -c 2 -w 10 -I eth0 -s 10.66.0.77 10.66.0.1 && echo yes || echo no"));

        // Without the filter all of it gets out: the counters count, and the tries above were real.
        var open = Path.Combine(_f.Server.Folder, _f.Pool + ".xml");
        await File.WriteAllTextAsync(open, $"<filter name='{Names.Filter(machine.Vm)}' chain='root'><uuid>{Names.FilterUuid(machine.Vm)}</uuid></filter>");
        await _f.Server.Virsh("nwfilter-define", open);
        await Spoof();
        Assert.All(await Counted(), count => Assert.NotEqual(0, count));

        // The power button is heard: no need to wait for the limit.
        var started = Stopwatch.StartNew();
        await _f.Host.Stop(machine.Vm, default);
        Assert.InRange(started.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(50));

        // The disk that was grown in between is seen, and nothing on it is lost.
        await _f.Host.ResizeDisk(machine.Vm, Bytes.FromMib(1024), default);
        await _f.Host.Start(machine.Vm, default);
        await Answers();
        Assert.Equal("1", await Ssh("df -m / | awk 'NR == 2 {print ($2 > 600)}'"));
        var state = (await _f.Host.GetAllStates(default))[machine.Vm];
        Assert.True(state is { NetIn: > 0, NetOut: > 0, DiskRead: > 0, MemoryUsage: > 0 and <= 1 }, state.ToString());
    }

    [Fact]
    public async Task It_starts_from_uefi_and_a_scsi_disk_and_its_firmware_variables_go_with_it()
    {
        await using var efi = await HostFixture.Start(options: HostFixture.Options with { Firmware = Firmware.Efi });
        var machine = (await NewGuest()) with { Pool = efi.Pool, DiskInterface = DiskInterface.Scsi, Memory = Bytes.FromMib(256) };
        await efi.Host.ImportDisk(machine, default);
        await efi.Host.Define(machine, default);
        await efi.Host.Start(machine.Vm, default);
        await using (var console = await efi.Host.OpenConsole(machine.Vm, default))
        {
            using var watch = new CancellationTokenSource(Boot);
            var said = "";
            var buffer = new byte[4096];
            while (!said.Contains($"{machine.Name} login:", StringComparison.Ordinal))
            {
                var read = await console.ReadAsync(buffer, watch.Token);
                Assert.True(read > 0, said);
                said += System.Text.Encoding.Latin1.GetString(buffer, 0, read);
            }
        }
        string[] Variables() => Directory.GetFiles(efi.Server.Folder, machine.Name + "_VARS*", SearchOption.AllDirectories);
        Assert.Single(Variables());
        await efi.Host.Delete(machine.Vm, default);
        Assert.Empty(Variables());
    }

    async Task Spoof()
    {
        await Ssh("""
            sudo ping -c 2 -w 3 -I 10.66.0.77 10.66.0.1; sudo ping -6 -c 2 -w 3 -I fd66::77 fd66::1; sudo ping -6 -c 2 -w 3 -I fe80::77 ff02::1%eth0
            mac=$(cat /sys/class/net/eth0/address)
            sudo sh -c "ip link set eth0 address 52:54:00:77:77:77; ping -c 2 -w 2 10.66.0.1; ip link set eth0 address $mac"
            printf 'start 10.66.1.1\nend 10.66.1.9\ninterface eth0\nlease_file /tmp/leases\npidfile /tmp/udhcpd.pid\n' >/tmp/dhcp
            sudo touch /tmp/leases
            (sudo timeout 30 udhcpd -f /tmp/dhcp >/dev/null 2>&1 &)
            sleep 2
            """);
        // Asks for an address as a neighbour would; /bin/true is told about an offer and does nothing.
        await _f.Server.InNetwork("sh", "-c", $"busybox udhcpc -f -n -q -t 3 -T 1 -i {_f.Server.Bridge} -s /bin/true >/dev/null 2>&1 || true");
        await Ssh("sudo pkill udhcpd || true");
    }

    Task Count(string tables, params string[] match) => _f.Server.InNetwork(tables, ["-t", "raw", "-A", "PREROUTING", .. match]);

    /// <summary>Packets that reached the gateway, per <see cref="Count"/>: first those of IPv4 and IPv6 in the order of the calls.</summary>
    async Task<int[]> Counted()
    {
        async Task<int[]> Read(string tables) =>
        [
            .. (await _f.Server.InNetwork(tables, "-t", "raw", "-vnxL", "PREROUTING")).Split('\n').Skip(2).Where(l => l.Length > 0)
                .Select(l => int.Parse(l.Split(' ', StringSplitOptions.RemoveEmptyEntries)[0], CultureInfo.InvariantCulture)),
        ];
        var (four, six) = (await Read("iptables"), await Read("ip6tables"));
        return [four[0], six[0], six[1], four[1], four[2]];
    }

    async Task Answers()
    {
        var waited = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                Assert.Equal("up", await Ssh("echo up"));
                return;
            }
            catch (InvalidOperationException) when (waited.Elapsed < Boot)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(500), TimeProvider.System);
            }
        }
    }

    async Task<string> Ssh(string command) => (await _f.Server.InNetwork("ssh",
        "-F", "/dev/null", "-i", _key, "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
        "-o", "LogLevel=ERROR", "-o", "ConnectTimeout=5", "-o", "ServerAliveInterval=20", "guest@10.66.0.10", command)).Trim();
}
