using System.Net;
using System.Net.Sockets;
using Lnvps.Firewall.Attaching;
using Lnvps.Firewall.Configuration;
using Lnvps.Firewall.Kernel;
using Lnvps.Firewall.Tests.Kernel;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit.Abstractions;

namespace Lnvps.Firewall.Tests.Traffic;

/// <summary>Real packets through network namespaces: one floods an address with SYN while another uses the server.</summary>
[Collection("Network")]
[Trait("Speed", "slow")]
public sealed class FloodTrafficTests(ITestOutputHelper output)
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [KernelTheory]
    [InlineData(false, "generic")]
    [InlineData(true, "generic")]
    [InlineData(false, "native")]
    public void A_flood_on_one_address_harms_neither_other_addresses_nor_what_is_established(bool six, string mode)
    {
        using var network = new TestNetwork();
        using var server = new EchoServer(network);
        using var firewall = Protect(network, six, rate: 5, burst: 10, mode == "native" ? XdpMode.Native : XdpMode.Generic);
        using var established = Open(network, TestNetwork.Attacked(six), Patience)!;
        Assert.NotNull(established);
        using var datagrams = OpenUdp(network);

        using var flood = new Flood(network, six, EchoServer.Port);
        Await(() => firewall.Dropped > 100);
        for (var i = 0; i < 20; i++)
        {
            using var other = Open(network, TestNetwork.Other(six), Patience);
            Assert.NotNull(other);
            AssertEchoes(other);
            AssertEchoes(established);
            AssertEchoes(datagrams);
        }
        var target = firewall.Counters(TestNetwork.Attacked(six));
        var allowed = target.SynPackets - target.Dropped;
        output.WriteLine($"{mode}, {(six ? "IPv6" : "IPv4")}: {flood.Sent} SYN sent, {target.SynPackets} seen, {allowed} passed; 20 of 20 connections elsewhere");
        Assert.Equal(0UL, firewall.Counters(TestNetwork.Other(six)).Dropped);
        // The burst, five a second since loading, and what two processors may have passed at once.
        Assert.InRange(allowed, 10UL, 10 + 5 * (ulong)firewall.Age.TotalSeconds + 10);
    }

    [KernelTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void Without_the_program_the_same_flood_shuts_everybody_out(bool six)
    {
        using var network = new TestNetwork();
        using var server = new EchoServer(network);
        using (var before = Open(network, TestNetwork.Other(six), Patience))
            Assert.NotNull(before);
        using var flood = new Flood(network, six, EchoServer.Port);
        Await(() => flood.Sent > 20_000);
        var opened = 0;
        for (var i = 0; i < 5; i++)
        {
            using var other = Open(network, TestNetwork.Other(six), TimeSpan.FromMilliseconds(800));
            opened += other is null ? 0 : 1;
        }
        output.WriteLine($"{opened} of 5 connections to the other address while {flood.Sent} SYN were sent");
        Assert.InRange(opened, 0, 4);
    }

    [KernelFact]
    public void A_client_gets_in_within_a_few_tries_during_a_flood_at_twice_the_limit()
    {
        using var network = new TestNetwork();
        using var server = new EchoServer(network);
        using var firewall = Protect(network, six: false, rate: 50, burst: 50, XdpMode.Generic);
        using var flood = new Flood(network, six: false, EchoServer.Port, rate: 100);
        Await(() => firewall.Dropped > 20);
        var tries = 0;
        Socket? socket = null;
        while (socket is null && tries < 20)
        {
            tries++;
            socket = Open(network, TestNetwork.Attacked(false), TimeSpan.FromSeconds(3));
        }
        output.WriteLine($"{tries} tries");
        Assert.NotNull(socket);
        AssertEchoes(socket);
        socket.Dispose();
    }

    static ProtectedServer Protect(TestNetwork network, bool six, ulong rate, ulong burst, XdpMode mode) => new(network, new FirewallSettings
    {
        Interfaces = [TestNetwork.ToClient, TestNetwork.ToAttacker],
        Mode = mode,
        Overrides = [new LimitOverride(IPAddress.Parse(TestNetwork.Attacked(six)), new PacketLimits(rate, burst))],
    });

    /// <summary>Null when it did not succeed in time.</summary>
    static Socket? Open(TestNetwork network, string address, TimeSpan patience)
    {
        var target = new IPEndPoint(IPAddress.Parse(address), EchoServer.Port);
        var socket = TestNetwork.Inside(network.Client, () => new Socket(target.AddressFamily, SocketType.Stream, ProtocolType.Tcp));
        using var limit = new CancellationTokenSource(patience);
        try
        {
            socket.ConnectAsync(target, limit.Token).AsTask().GetAwaiter().GetResult();
            return socket;
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException)
        {
            socket.Dispose();
            return null;
        }
    }

    static Socket OpenUdp(TestNetwork network)
    {
        var socket = TestNetwork.Inside(network.Client, () => new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp));
        socket.Connect(new IPEndPoint(IPAddress.Parse(TestNetwork.Attacked(false)), EchoServer.Port));
        return socket;
    }

    static void AssertEchoes(Socket socket)
    {
        socket.ReceiveTimeout = (int)Patience.TotalMilliseconds;
        var bytes = new byte[100];
        socket.Send("still here"u8);
        Assert.Equal(10, socket.Receive(bytes));
    }

    static void Await(Func<bool> condition)
    {
        var started = TimeProvider.System.GetTimestamp();
        using var never = new ManualResetEventSlim();
        while (!condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < Patience, "It did not come about in time");
            never.Wait(20);
        }
    }
}

/// <summary>The program on the server's cables, in this process.</summary>
sealed class ProtectedServer : IDisposable
{
    readonly KernelProgram _program;
    readonly Attachments _attachments;
    readonly ulong _loaded = LibC.MonotonicNanoseconds();

    public ProtectedServer(TestNetwork network, FirewallSettings settings)
    {
        _program = KernelProgram.Load(settings, NullLogger.Instance);
        _attachments = new Attachments(_program, NullLogger.Instance);
        Assert.Empty(TestNetwork.Inside(network.Server, () => _attachments.Settle(settings)));
    }

    public TimeSpan Age => TimeSpan.FromSeconds((LibC.MonotonicNanoseconds() - _loaded) / 1e9);

    public ulong Dropped => _program.Maps.Totals.FindAll(4)!.Aggregate(0UL, (a, b) => a + b);

    public DestCounters Counters(string address)
    {
        var parsed = IPAddress.Parse(address);
        var values = parsed.AddressFamily == AddressFamily.InterNetwork ? _program.Maps.Counters4.FindAll(Address4.Of(parsed)) : _program.Maps.Counters6.FindAll(Address6.Of(parsed));
        return (values ?? []).Aggregate(default(DestCounters), (a, b) => a + b);
    }

    public void Dispose()
    {
        _attachments.Dispose();
        _program.Dispose();
    }
}
