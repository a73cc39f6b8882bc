using System.Net;
using System.Net.Sockets;

namespace Lnvps.Firewall.Tests.Traffic;

/// <summary>Echoes TCP and UDP on all addresses of the server's namespace.</summary>
sealed class EchoServer : IDisposable
{
    public const int Port = 4443;
    readonly Socket _tcp, _udp;
    readonly List<Socket> _taken = [];

    public EchoServer(TestNetwork network)
    {
        (_tcp, _udp) = TestNetwork.Inside(network.Server, () =>
        {
            var tcp = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp) { DualMode = true };
            tcp.Bind(new IPEndPoint(IPAddress.IPv6Any, Port));
            tcp.Listen(1024);
            var udp = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            udp.Bind(new IPEndPoint(IPAddress.Parse(TestNetwork.Attacked(false)), Port));
            return (tcp, udp);
        });
        new Thread(Accept) { IsBackground = true }.Start();
        new Thread(Answer) { IsBackground = true }.Start();
    }

    void Accept()
    {
        try
        {
            while (true)
            {
                var socket = _tcp.Accept();
                lock (_taken)
                    _taken.Add(socket);
                new Thread(() => Echo(socket)) { IsBackground = true }.Start();
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // Closed.
        }
    }

    static void Echo(Socket socket)
    {
        var bytes = new byte[4096];
        try
        {
            for (int read; (read = socket.Receive(bytes)) > 0;)
                socket.Send(bytes, read, SocketFlags.None);
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // The other side went away.
        }
    }

    void Answer()
    {
        var bytes = new byte[4096];
        EndPoint from = new IPEndPoint(IPAddress.Any, 0);
        try
        {
            while (true)
            {
                var read = _udp.ReceiveFrom(bytes, ref from);
                _udp.SendTo(bytes.AsSpan(0, read), from);
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // Closed.
        }
    }

    public void Dispose()
    {
        _tcp.Dispose();
        _udp.Dispose();
        lock (_taken)
            _taken.ForEach(socket => socket.Dispose());
    }
}
