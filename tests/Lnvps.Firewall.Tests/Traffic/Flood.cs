using System.Net.NetworkInformation;
using System.Runtime.InteropServices;
using Lnvps.Firewall.Kernel;
using Lnvps.Firewall.Tests.Packets;

namespace Lnvps.Firewall.Tests.Traffic;

/// <summary>Sends SYN with forged sources from the attacker's namespace, as fast as one thread can or at a given rate, until it is disposed.</summary>
sealed partial class Flood : IDisposable
{
    readonly CancellationTokenSource _stop = new();
    readonly Thread _thread;
    long _sent;

    /// <param name="rate">SYN per second; 0: as fast as possible.</param>
    public Flood(TestNetwork network, bool six, int port, int rate = 0)
    {
        var (socket, index, own) = TestNetwork.Inside(network.Attacker, () => (Open(17, 3, 0), (int)LibC.InterfaceIndex("fw-up"), Mac("fw-up")));
        var target = TestNetwork.Inside(network.Server, () => Mac(TestNetwork.ToAttacker));
        _thread = new Thread(() => Send(socket, index, own, target, six, (ushort)port, rate)) { IsBackground = true };
        _thread.Start();
    }

    public long Sent => Interlocked.Read(ref _sent);

    unsafe void Send(int socket, int index, byte[] own, byte[] target, bool six, ushort port, int rate)
    {
        using var handle = new BpfDescriptor(socket);
        var frames = Enumerable.Range(1, 200).Select(i => (six
            ? Frame.Ipv6($"2001:db8:5::{i:x}", TestNetwork.Attacked(true))
            : Frame.Ipv4($"198.51.{100 + i % 100}.{i}", TestNetwork.Attacked(false))).Tcp(2, port)).Select(frame => frame.Sealed(target, own)).ToArray();
        var address = new byte[20];
        address[0] = 17;
        BitConverter.TryWriteBytes(address.AsSpan(4), index);
        var started = TimeProvider.System.GetTimestamp();
        var ports = 1024;
        var random = new Random(7);
        var due = 0.0;
        for (long i = 0; !_stop.IsCancellationRequested; i++)
        {
            if (rate > 0 && due > TimeProvider.System.GetElapsedTime(started).TotalSeconds)
            {
                i--;
                _stop.Token.WaitHandle.WaitOne(1);
                continue;
            }
            // Gaps of random length: with equal ones the flood could take each token at the moment it comes back, and a client would never find one.
            due -= Math.Log(1 - random.NextDouble()) / Math.Max(rate, 1);
            // Another source port each round: every SYN is a new connection. The checksum follows by as much as the port.
            var frame = frames[i % frames.Length];
            if (i % frames.Length == 0)
                ports = ports >= 60000 ? 1024 : ports + 1;
            Renumber(frame, six ? 54 : 34, (ushort)ports);
            fixed (byte* bytes = frame)
            fixed (byte* to = address)
            {
                if (SendTo(socket, bytes, (nuint)frame.Length, 0, to, 20) > 0)
                    Interlocked.Increment(ref _sent);
            }
        }
    }

    static void Renumber(byte[] frame, int tcp, ushort port)
    {
        var old = frame[tcp] << 8 | frame[tcp + 1];
        var sum = frame[tcp + 16] << 8 | frame[tcp + 17];
        var next = (~sum & 0xffff) + (~old & 0xffff) + port;
        next = (next & 0xffff) + (next >> 16);
        next = ~((next & 0xffff) + (next >> 16)) & 0xffff;
        (frame[tcp], frame[tcp + 1]) = ((byte)(port >> 8), (byte)(port & 0xff));
        (frame[tcp + 16], frame[tcp + 17]) = ((byte)(next >> 8), (byte)(next & 0xff));
    }

    static byte[] Mac(string name) => NetworkInterface.GetAllNetworkInterfaces().Single(one => one.Name == name).GetPhysicalAddress().GetAddressBytes();

    public void Dispose()
    {
        _stop.Cancel();
        _thread.Join();
        _stop.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "socket")]
    private static partial int Open(int family, int kind, int protocol);

    [LibraryImport("libc", EntryPoint = "sendto")]
    private static unsafe partial nint SendTo(int socket, byte* bytes, nuint length, int flags, byte* address, uint size);
}
