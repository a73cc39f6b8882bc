using System.Diagnostics;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace Lnvps.Firewall.Tests.Traffic;

/// <summary>Three network namespaces: a server with a cable to a client and another to an attacker. Four addresses lie behind the server's loopback,
/// so that one of them can be attacked and the other not.</summary>
sealed partial class TestNetwork : IDisposable
{
    public const string ToClient = "fw-client", ToAttacker = "fw-attacker";
    static int _count;
    readonly string _prefix = $"fwt{Environment.ProcessId}x{Interlocked.Increment(ref _count)}";

    public TestNetwork()
    {
        try
        {
            SetUp();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public string Server => _prefix + "s";
    public string Client => _prefix + "c";
    public string Attacker => _prefix + "a";

    public static string Attacked(bool six) => six ? "fd91:9::1" : "10.91.9.1";
    public static string Other(bool six) => six ? "fd91:9::2" : "10.91.9.2";

    void SetUp()
    {
        foreach (var name in new[] { Server, Client, Attacker })
        {
            Ip("netns", "add", name);
            Ip("-n", name, "link", "set", "lo", "up");
        }
        Cable(Client, ToClient, 1);
        Cable(Attacker, ToAttacker, 2);
        foreach (var address in new[] { "10.91.9.1/32", "10.91.9.2/32", "fd91:9::1/128", "fd91:9::2/128" })
            Ip(["-n", Server, "address", "add", address, "dev", "lo", .. address.Contains(':', StringComparison.Ordinal) ? ["nodad"] : Array.Empty<string>()]);
        // Forged sources are "behind" the attacker, who swallows the answers.
        Ip("-n", Server, "route", "add", "default", "via", "10.91.2.2");
        Ip("-n", Server, "-6", "route", "add", "default", "via", "fd91:2::2");
        // The queue of half-open connections must be able to overflow, and its entries to go within seconds.
        Inside(Server, () =>
        {
            foreach (var (name, value) in new[] { ("tcp_syncookies", "0"), ("tcp_synack_retries", "1"), ("tcp_max_syn_backlog", "1024") })
                File.WriteAllText($"/proc/sys/net/ipv4/{name}", value);
            return 0;
        });
    }

    void Cable(string space, string name, int number)
    {
        Ip("-n", Server, "link", "add", name, "type", "veth", "peer", "name", "fw-up", "netns", space);
        Ip("-n", Server, "address", "add", $"10.91.{number}.1/24", "dev", name);
        Ip("-n", Server, "address", "add", $"fd91:{number}::1/64", "dev", name, "nodad");
        Ip("-n", space, "address", "add", $"10.91.{number}.2/24", "dev", "fw-up");
        Ip("-n", space, "address", "add", $"fd91:{number}::2/64", "dev", "fw-up", "nodad");
        Ip("-n", Server, "link", "set", name, "up");
        Ip("-n", space, "link", "set", "fw-up", "up");
        Ip("-n", space, "route", "add", "default", "via", $"10.91.{number}.1");
        Ip("-n", space, "-6", "route", "add", "default", "via", $"fd91:{number}::1");
    }

    /// <summary>Runs on a thread that is in the namespace. Sockets opened there stay there.</summary>
    public static T Inside<T>(string space, Func<T> action)
    {
        T result = default!;
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                using var file = File.OpenHandle($"/run/netns/{space}");
                const int network = 0x40000000;
                if (Enter((int)file.DangerousGetHandle(), network) != 0)
                    throw new InvalidOperationException($"Could not enter {space}");
                result = action();
            }
            catch (Exception error)
            {
                failure = ExceptionDispatchInfo.Capture(error);
            }
        });
        thread.Start();
        thread.Join();
        failure?.Throw();
        return result;
    }

    public static string Ip(params string[] arguments) => Execute("ip", arguments).Output;

    public static (int Status, string Output, string Error) Execute(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (program == "ip" && arguments[0] != "netns" && process.ExitCode != 0)
            throw new InvalidOperationException($"ip {string.Join(' ', arguments)}: {error.Result}");
        return (process.ExitCode, output, error.Result);
    }

    public void Dispose()
    {
        foreach (var name in new[] { Server, Client, Attacker })
            Ip("netns", "delete", name);
    }

    [LibraryImport("libc", EntryPoint = "setns")]
    private static partial int Enter(int descriptor, int kind);
}
