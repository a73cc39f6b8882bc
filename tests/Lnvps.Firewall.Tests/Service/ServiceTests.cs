using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Lnvps.Firewall.Attaching;
using Lnvps.Firewall.Kernel;
using Lnvps.Firewall.Tests.Kernel;
using Lnvps.Firewall.Tests.Traffic;
using Microsoft.Extensions.Logging.Abstractions;

namespace Lnvps.Firewall.Tests.Service;

/// <summary>The program as a process: what it attaches, what it tells, what stays when it goes.</summary>
[Collection("Network")]
[Trait("Speed", "slow")]
public sealed class ServiceTests : IDisposable
{
    readonly TestNetwork? _network = Environment.IsPrivilegedProcess ? new TestNetwork() : null;
    readonly string _folder = Directory.CreateTempSubdirectory("fwt").FullName;
    bool _mounted;

    TestNetwork Network => _network!;

    [KernelFact]
    public void Reports_reloads_follows_its_interfaces_and_leaves_nothing_when_killed()
    {
        var config = Write("interfaces: [fw-attacker, fw-client]\nsyn-limit: {rate: 0, burst: 3}\nmetrics: {listen: '127.0.0.1:9465'}\nlearning: {stats-interval-secs: 1}");
        using var service = new RunningService(Network.Server, "--config", config);
        service.Await("Ready");
        using (new Flood(Network, six: false, 4443, rate: 500))
            RunningService.Await(() => Dropped() > 5, () => service.Log);
        service.Await("packets ");
        var status = RunningService.Call(Network.Server, "status");
        Assert.Equal(0, status.Status);
        Assert.Contains(TestNetwork.Attacked(false), status.Output, StringComparison.Ordinal);
        Assert.Contains("fw-attacker (", status.Output, StringComparison.Ordinal);

        var metrics = TestNetwork.Inside(Network.Server, () => Get("127.0.0.1", 9465, "/metrics"));
        Assert.Contains("lnvps_fw_attached{interface=\"fw-client\",mode=\"native\"} 1", metrics, StringComparison.Ordinal);
        Assert.Contains("lnvps_fw_destinations{family=\"ipv4\"}", metrics, StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 404", TestNetwork.Inside(Network.Server, () => Get("127.0.0.1", 9465, "/")), StringComparison.Ordinal);

        // A mistake in the file changes nothing; then a real change, which keeps the empty bucket.
        var before = Report();
        Write("interfaces: [fw-attacker]\nspeed: 9");
        service.Signal("HUP");
        service.Await("The settings stay as they were");
        Assert.Equal(3UL, Report().GetProperty("defaults").GetProperty("burst").GetUInt64());
        Write("interfaces: [fw-attacker]\nmax-destinations: 77\nsyn-limit: {rate: 0, burst: 9, overrides: [{ip: 192.0.2.1, rate: 1, burst: 1}]}\nmetrics: {listen: '127.0.0.1:9465'}");
        service.Signal("HUP");
        service.Await("Settings read again");
        service.Await("A change of max-destinations takes effect at the next start");
        service.Await("fw-client: detached");
        var after = Report();
        Assert.Equal(9UL, after.GetProperty("defaults").GetProperty("burst").GetUInt64());
        Assert.True(after.GetProperty("totals").GetProperty("syn").GetUInt64() >= before.GetProperty("totals").GetProperty("syn").GetUInt64());
        Assert.Equal(0UL, after.GetProperty("destinations").EnumerateArray().Single(one => one.GetProperty("address").GetString() == TestNetwork.Attacked(false)).GetProperty("tokens").GetUInt64());

        // The cable is pulled out and comes back.
        TestNetwork.Ip("-n", Network.Server, "link", "delete", TestNetwork.ToAttacker);
        service.Await("fw-attacker: the interface is gone");
        TestNetwork.Ip("-n", Network.Server, "link", "add", TestNetwork.ToAttacker, "type", "veth", "peer", "name", "fw-up", "netns", Network.Attacker);
        service.Await("fw-attacker: attached", 2);
        Assert.Contains("xdp", Links(), StringComparison.Ordinal);

        service.Signal("KILL");
        service.AwaitExit();
        RunningService.Await(() => !Links().Contains("xdp", StringComparison.Ordinal), Links);
    }

    [KernelFact]
    public void Stops_cleanly_when_told_to()
    {
        using var service = new RunningService(Network.Server, TestNetwork.ToClient, TestNetwork.ToAttacker);
        service.Await("Ready");
        Assert.Contains("xdp", Links(), StringComparison.Ordinal);
        service.Signal("TERM");
        Assert.Equal(0, service.AwaitExit());
        Assert.DoesNotContain("xdp", Links(), StringComparison.Ordinal);
        Assert.Equal(1, RunningService.Call(Network.Server, "status").Status);
    }

    [KernelFact]
    public void What_is_pinned_filters_on_without_the_service_and_is_taken_over_by_the_next()
    {
        var bpf = MountBpf();
        var config = Write($"interfaces: [fw-attacker]\npin: {bpf}/firewall\nsyn-limit: {{rate: 0, burst: 3}}");
        using (var first = new RunningService(Network.Server, "--config", config))
        {
            first.Await("Ready");
            first.Signal("KILL");
            first.AwaitExit();
        }
        using (new Flood(Network, six: false, 4443, rate: 500))
            RunningService.Await(() => Dropped() > 5, Links);

        // The second finds the program on the interface, with the bucket as it was, and replaces it in one step.
        var program = ProgramOnAttacker();
        using (var second = new RunningService(Network.Server, "--config", config))
        {
            second.Await("Ready");
            Assert.NotEqual(program, ProgramOnAttacker());
            Assert.Equal(3UL, Passed());
            using (var flood = new Flood(Network, six: false, 4443, rate: 500))
                RunningService.Await(() => flood.Sent > 50, () => second.Log);
            Assert.Equal(3UL, Passed());
            second.Signal("TERM");
            Assert.Equal(0, second.AwaitExit());
        }
        Assert.Contains("xdp", Links(), StringComparison.Ordinal);

        // Maps of another size do not fit: new ones, and the program still replaced in one step.
        Write($"interfaces: [fw-attacker]\npin: {bpf}/firewall\nmax-destinations: 99\nsyn-limit: {{rate: 0, burst: 3}}");
        using (var third = new RunningService(Network.Server, "--config", config))
        {
            third.Await("do not fit");
            third.Await("Ready");
            third.Signal("TERM");
            third.AwaitExit();
        }
        Assert.Equal(0, RunningService.Call(Network.Server, "detach", "--config", config).Status);
        Assert.DoesNotContain("xdp", Links(), StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(bpf, "firewall")));
    }

    [KernelFact]
    public void A_mode_that_fails_leaves_the_pinned_one_in_force_and_the_folder_alone_is_enough_to_detach()
    {
        var bpf = MountBpf();
        var config = Write($"interfaces: [lo]\npin: {bpf}/firewall\nxdp-mode: generic");
        using (var first = new RunningService(Network.Server, "--config", config))
        {
            first.Await("Ready");
            first.Signal("TERM");
            Assert.Equal(0, first.AwaitExit());
        }

        // The loopback has no native XDP.
        Write($"interfaces: [lo]\npin: {bpf}/firewall\nxdp-mode: native");
        var refused = RunningService.Call(Network.Server, "--config", config);
        Assert.Equal(1, refused.Status);
        Assert.Contains("attached again as it was (generic)", refused.Error, StringComparison.Ordinal);
        Assert.Contains("xdpgeneric", Links(), StringComparison.Ordinal);

        // The key is gone, what it left is not.
        Write("interfaces: [lo]\nxdp-mode: generic");
        var busy = RunningService.Call(Network.Server, "--config", config);
        Assert.Equal(1, busy.Status);
        Assert.Contains("detach --pin DIR", busy.Error, StringComparison.Ordinal);
        Assert.Contains("detach --pin DIR", RunningService.Call(Network.Server, "detach", "--config", config).Error, StringComparison.Ordinal);
        Assert.Equal(2, RunningService.Call(Network.Server, "detach").Status);
        Assert.Equal(0, RunningService.Call(Network.Server, "detach", "--pin", $"{bpf}/firewall").Status);
        Assert.DoesNotContain("xdp", Links(), StringComparison.Ordinal);
    }

    [KernelFact]
    public void Metrics_on_a_foreign_address_are_refused_in_words()
    {
        var refused = RunningService.Call(Network.Server, "--config", Write("interfaces: [fw-client]\nmetrics: {listen: '192.0.2.77:9465'}"));
        Assert.Equal(1, refused.Status);
        Assert.Contains("metrics.listen: 192.0.2.77:9465", refused.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", refused.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("attached", refused.Error, StringComparison.Ordinal);
    }

    [KernelFact]
    public void A_foreign_program_is_never_replaced()
    {
        using var instance = new BpfObject(BpfObject.Embedded(typeof(ServiceTests).Assembly, "baseline.bpf.o"));
        instance.Load();
        using var foreign = instance.OpenProgram("bare_pass");
        using var attached = TestNetwork.Inside(Network.Server, () => Attachment.To(TestNetwork.ToClient, Firewall.Configuration.XdpMode.Generic, null, foreign, NullLogger.Instance));
        var busy = RunningService.Call(Network.Server, TestNetwork.ToClient);
        Assert.Equal(1, busy.Status);
        Assert.Contains("Another XDP program is attached there", busy.Error, StringComparison.Ordinal);
        Assert.True(attached.Alive);

        // With another interface that works it goes on with that.
        using var service = new RunningService(Network.Server, TestNetwork.ToClient, TestNetwork.ToAttacker);
        service.Await("Ready");
        Assert.Contains("fw-attacker: attached (native)", service.Log, StringComparison.Ordinal);
        service.Signal("TERM");
        Assert.Equal(0, service.AwaitExit());
        Assert.True(attached.Alive);
    }

    [KernelFact]
    public void Called_wrongly_it_says_how_and_ends()
    {
        Assert.Equal(2, RunningService.Call(Network.Server).Status);
        Assert.Equal(2, RunningService.Call(Network.Server, "--speed", "9").Status);
        var missing = RunningService.Call(Network.Server, "nothing0");
        Assert.Equal(1, missing.Status);
        Assert.Contains("There is no interface nothing0", missing.Error, StringComparison.Ordinal);
        var pinned = RunningService.Call(Network.Server, "--config", Write($"interfaces: [fw-client]\npin: {_folder}/nowhere"));
        Assert.Equal(1, pinned.Status);
        Assert.Contains("in no BPF file system", pinned.Error, StringComparison.Ordinal);
    }

    /// <summary>A file system for pins that is this test's own.</summary>
    string MountBpf()
    {
        var folder = Path.Combine(_folder, "bpf");
        Directory.CreateDirectory(folder);
        Assert.Equal(0, TestNetwork.Execute("mount", "-t", "bpf", "bpf", folder).Status);
        _mounted = true;
        return folder;
    }

    string Write(string yaml)
    {
        var file = Path.Combine(_folder, "firewall.yaml");
        File.WriteAllText(file, yaml);
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return file;
    }

    JsonElement Report()
    {
        var (status, output, error) = RunningService.Call(Network.Server, "status", "--json");
        Assert.True(status == 0, error);
        using var document = JsonDocument.Parse(output);
        return document.RootElement[0].Clone();
    }

    ulong Dropped() => Report().GetProperty("totals").GetProperty("syn_dropped").GetUInt64();

    ulong Passed()
    {
        var totals = Report().GetProperty("totals");
        return totals.GetProperty("syn").GetUInt64() - totals.GetProperty("syn_dropped").GetUInt64();
    }

    string Links() => TestNetwork.Ip("-n", Network.Server, "link", "show");

    uint ProgramOnAttacker() => TestNetwork.Inside(Network.Server, () =>
    {
        var query = InterfaceQuery.Of(LibC.InterfaceIndex(TestNetwork.ToAttacker));
        return Math.Max(query.Native, query.Generic);
    });

    static string Get(string address, int port, string path)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Connect(IPAddress.Parse(address), port);
        socket.Send(System.Text.Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")));
        using var reader = new StreamReader(new NetworkStream(socket));
        return reader.ReadToEnd();
    }

    public void Dispose()
    {
        _network?.Dispose();
        if (_mounted)
            TestNetwork.Execute("umount", Path.Combine(_folder, "bpf"));
        Directory.Delete(_folder, recursive: true);
    }
}
