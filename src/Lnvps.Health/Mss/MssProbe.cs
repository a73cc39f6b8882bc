using System.Net;
using System.Net.Sockets;
using Lnvps.Health.Checks;

namespace Lnvps.Health.Mss;

/// <summary>Opens a TCP connection and asks Linux what it knows of it (health.md section 2.2). Sends no data.</summary>
static class MssProbe
{
    // From the Linux headers in.h, in6.h and tcp.h; .NET has no names for these.
    const int LevelIp = 0;
    const int LevelTcp = 6;
    const int LevelIp6 = 41;
    const int IpMtuDiscover = 10;
    const int IpMtu = 14;
    const int Ip6MtuDiscover = 23;
    const int Ip6Mtu = 24;
    const int AlwaysDiscover = 2;
    const int TcpMaxSegment = 2;
    const int TcpInfo = 11;
    const int OptionsByte = 5;
    const int TimestampsBit = 1;

    static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(10);

    /// <exception cref="SocketException">No connection, or path MTU discovery could not be switched on.</exception>
    /// <exception cref="TimeoutException">No connection within 10 s.</exception>
    public static async Task<ConnectionSizes> Look(IPEndPoint target, Family family, CancellationToken stop)
    {
        using var socket = new Socket(family.Sockets(), SocketType.Stream, ProtocolType.Tcp);
        var isV4 = family == Family.V4;
        socket.SetRawSocketOption(isV4 ? LevelIp : LevelIp6, isV4 ? IpMtuDiscover : Ip6MtuDiscover, BitConverter.GetBytes(AlwaysDiscover));
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(ConnectLimit);
        try
        {
            await socket.ConnectAsync(target, limit.Token);
        }
        catch (OperationCanceledException error) when (!stop.IsCancellationRequested)
        {
            throw new TimeoutException($"no connection within {ConnectLimit.TotalSeconds} s", error);
        }
        var sizes = new ConnectionSizes(
            Positive(socket, LevelTcp, TcpMaxSegment),
            HasTimestamps(socket),
            isV4 ? Positive(socket, LevelIp, IpMtu) : Positive(socket, LevelIp6, Ip6Mtu));
        TakeLeave(socket);
        return sizes;
    }

    static int? Positive(Socket socket, int level, int option)
    {
        var value = new byte[sizeof(int)];
        try
        {
            return socket.GetRawSocketOption(level, option, value) == value.Length && BitConverter.ToInt32(value) is > 0 and var size ? size : null;
        }
        catch (SocketException)
        {
            return null;
        }
    }

    static bool HasTimestamps(Socket socket)
    {
        var info = new byte[256];
        try
        {
            return socket.GetRawSocketOption(LevelTcp, TcpInfo, info) > OptionsByte && (info[OptionsByte] & TimestampsBit) != 0;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    static void TakeLeave(Socket socket)
    {
        try
        {
            socket.Shutdown(SocketShutdown.Both);
        }
        catch (SocketException)
        {
            // The other end was quicker.
        }
    }
}
