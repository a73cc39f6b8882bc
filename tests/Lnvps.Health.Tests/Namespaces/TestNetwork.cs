using System.Diagnostics;

namespace Lnvps.Health.Tests.Namespaces;

/// <summary>
/// A small internet of network namespaces: a client with a link each to four servers and a router, and one server behind the router. Link N has the addresses
/// 10.78.N.1 (nearer to the client) and 10.78.N.2, fd78:0:0:N::1 and ::2.
/// </summary>
sealed class TestNetwork : IDisposable
{
    readonly string _prefix = $"lnvpsh{Environment.ProcessId}-";

    public TestNetwork() => Script(
        """
        # What tests left behind that were killed.
        for space in $(ip netns list | grep -o '^lnvpsh[0-9]*-[a-z]*' || true); do
            owner=${space#lnvpsh}
            [ -d "/proc/${owner%%-*}" ] || ip netns del "$space" || true
        done
        for name in client good old small router far; do
            ip netns add "$P$name"
            ip -n "$P$name" link set lo up
        done
        join() {
            ip -n "$P$1" link add "to-$2" type veth peer name "to-$1" netns "$P$2"
            ip -n "$P$1" addr add "10.78.$3.1/24" dev "to-$2"
            ip -n "$P$2" addr add "10.78.$3.2/24" dev "to-$1"
            ip -n "$P$1" addr add "fd78:0:0:$3::1/64" dev "to-$2" nodad
            ip -n "$P$2" addr add "fd78:0:0:$3::2/64" dev "to-$1" nodad
            ip -n "$P$1" link set "to-$2" up
            ip -n "$P$2" link set "to-$1" up
        }
        join client good 1
        join client old 2
        join client small 3
        join client router 4
        join router far 5

        # A second address of the good server, whose offers of an MSS are clamped on the way.
        ip -n "${P}good" addr add 10.78.1.3/24 dev to-client
        ip -n "${P}good" addr add fd78:0:0:1::3/64 dev to-client nodad
        ip netns exec "${P}good" nft -f - <<'END'
        table inet clamp {
            chain out {
                type filter hook output priority 0;
                ip saddr 10.78.1.3 tcp flags syn tcp option maxseg size set 1300
                ip6 saddr fd78:0:0:1::3 tcp flags syn tcp option maxseg size set 1280
            }
        }
        END
        ip netns exec "${P}old" sysctl -qw net.ipv4.tcp_timestamps=0
        ip -n "${P}client" link set to-small mtu 1400
        ip -n "${P}small" link set to-client mtu 1400

        # The narrow link is behind the router; neither end knows, and nobody is told.
        ip -n "${P}client" route add 10.78.5.0/24 via 10.78.4.2
        ip -n "${P}far" route add default via 10.78.5.1
        ip netns exec "${P}router" sysctl -qw net.ipv4.ip_forward=1
        ip -n "${P}router" link set to-far mtu 1400
        ip netns exec "${P}router" nft -f - <<'END'
        table inet hole {
            chain out {
                type filter hook output priority 0;
                icmp type destination-unreachable drop
            }
        }
        END
        """);

    public string Client => Name("client");

    /// <summary>10.78.1.2; as 10.78.1.3 with a clamped MSS.</summary>
    public string Good => Name("good");

    /// <summary>10.78.2.2, without TCP timestamps.</summary>
    public string Old => Name("old");

    /// <summary>10.78.3.2, on a link with an MTU of 1400.</summary>
    public string Small => Name("small");

    /// <summary>10.78.5.2, behind a router whose way there has an MTU of 1400.</summary>
    public string Far => Name("far");

    /// <summary>From now on the router says when a packet is too large.</summary>
    public void FillTheHole() => Script("""ip netns exec "${P}router" nft delete table inet hole""");

    public void Dispose() => Script("""for name in client good old small router far; do ip netns del "$P$name" || true; done""");

    string Name(string name) => _prefix + name;

    void Script(string text)
    {
        var start = new ProcessStartInfo("bash", ["-euo", "pipefail", "-c", text]) { UseShellExecute = false, RedirectStandardError = true };
        start.Environment["P"] = _prefix;
        using var shell = Process.Start(start)!;
        var errors = shell.StandardError.ReadToEnd();
        shell.WaitForExit();
        if (shell.ExitCode != 0)
            throw new InvalidOperationException($"the test network cannot be built (root is needed): {errors}");
    }
}
