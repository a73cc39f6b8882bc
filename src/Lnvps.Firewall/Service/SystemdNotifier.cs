using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging;

namespace Lnvps.Firewall.Service;

/// <summary>Tells systemd how the service stands, when it was started by systemd with <c>Type=notify</c>.</summary>
static class SystemdNotifier
{
    public static void Send(string state, ILogger log)
    {
        if (Environment.GetEnvironmentVariable("NOTIFY_SOCKET") is not { Length: > 1 } path)
            return;
        try
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
            // A leading @ stands for the zero byte of an abstract address.
            socket.SendTo(Encoding.UTF8.GetBytes(state), new UnixDomainSocketEndPoint(path[0] == '@' ? "\0" + path[1..] : path));
        }
        catch (SocketException error)
        {
            log.LogWarning("systemd was not told {State}: {Reason}", state, error.Message);
        }
    }
}
