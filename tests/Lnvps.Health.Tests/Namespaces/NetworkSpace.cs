using System.ComponentModel;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Lnvps.Health.Tests.Namespaces;

/// <summary>Sockets in a named network namespace. A socket stays in the namespace of the thread that made it, whoever uses it later.</summary>
static partial class NetworkSpace
{
    const int NetworkNamespace = 0x40000000;

    /// <summary>A listener on all addresses of both IP versions that takes connections and reads whatever comes.</summary>
    public static Socket Listen(string space, int port)
    {
        var listener = Make(space, () => new Socket(SocketType.Stream, ProtocolType.Tcp));
        listener.Bind(new IPEndPoint(IPAddress.IPv6Any, port));
        listener.Listen();
        _ = Accept(listener);
        return listener;
    }

    /// <summary>A socket for connections out of the namespace.</summary>
    public static Socket Client(string space) => Make(space, () => new Socket(SocketType.Stream, ProtocolType.Tcp));

    /// <summary>A client for web servers of the namespace.</summary>
    public static HttpClient Web(string space) => new(new SocketsHttpHandler
    {
        ConnectCallback = async (context, stop) =>
        {
            var socket = Client(space);
            await socket.ConnectAsync(IPAddress.Parse(context.DnsEndPoint.Host.Trim('[', ']')), context.DnsEndPoint.Port, stop);
            return new NetworkStream(socket, ownsSocket: true);
        },
    });

    // The thread ends with the namespace: no other work may find itself in there.
    static Socket Make(string space, Func<Socket> make)
    {
        Socket? made = null;
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                using var file = File.OpenHandle($"/run/netns/{space}");
                if (setns((int)file.DangerousGetHandle(), NetworkNamespace) != 0)
                    throw new Win32Exception();
                made = make();
            }
            catch (Exception error)
            {
                failure = error;
            }
        });
        thread.Start();
        thread.Join();
        return made ?? throw new InvalidOperationException($"no socket in {space}", failure);
    }

    static async Task Accept(Socket listener)
    {
        try
        {
            while (true)
                _ = Drain(await listener.AcceptAsync());
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // Disposed of.
        }
    }

    static async Task Drain(Socket connection)
    {
        using var owned = connection;
        var buffer = new byte[65536];
        try
        {
            while (await connection.ReceiveAsync(buffer) > 0)
            {
            }
        }
        catch (SocketException)
        {
            // The client is gone.
        }
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int setns(int file, int kind);
}
