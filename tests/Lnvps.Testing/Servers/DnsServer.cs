using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Lnvps.Testing.Servers;

/// <summary>
/// A real DNS server (dnsmasq) on a free loopback port, the authority for names below <c>.example</c>; it refuses all others, having no resolver to ask. It ends with
/// this process however that ends: its shell waits for the end of our pipe.
/// </summary>
public sealed class DnsServer : IDisposable
{
    // In the foreground, but not as --no-daemon: that answers nobody else while a client keeps a TCP connection.
    const string Keeper =
        """
        dnsmasq "$@" </dev/null >/dev/null 2>&1 &
        server=$!
        read -r order
        kill -9 $server 2>/dev/null
        wait $server 2>/dev/null
        """;

    Process? _keeper;

    public DnsServer()
    {
        using var free = new TcpListener(IPAddress.Loopback, 0);
        free.Start();
        EndPoint = (IPEndPoint)free.LocalEndpoint;
    }

    public IPEndPoint EndPoint { get; }

    /// <summary>Starts the server with these records in place of those it had; they can be asked for at once.</summary>
    /// <param name="records">Options of dnsmasq, such as <c>--host-record=name,address</c> and <c>--cname=alias,name</c>.</param>
    public async Task Serve(params string[] records)
    {
        Stop();
        var start = new ProcessStartInfo("bash") { UseShellExecute = false, RedirectStandardInput = true };
        string[] options =
        [
            "-c", Keeper, "dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--no-hosts", "--no-resolv", "--pid-file=", "--user=root", "--bind-interfaces", "--listen-address=127.0.0.1",
            string.Create(CultureInfo.InvariantCulture, $"--port={EndPoint.Port}"), "--local=/example/", .. records,
        ];
        foreach (var option in options)
            start.ArgumentList.Add(option);
        _keeper = Process.Start(start);
        for (var attempt = 0; attempt < 500; attempt++)
        {
            using var probe = new TcpClient();
            try
            {
                await probe.ConnectAsync(EndPoint);
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
            }
        }
        throw new InvalidOperationException("dnsmasq does not start");
    }

    public void Stop()
    {
        if (_keeper is null)
            return;
        _keeper.StandardInput.Close();
        _keeper.WaitForExit();
        _keeper.Dispose();
        _keeper = null;
    }

    public void Dispose() => Stop();
}
