using System.Diagnostics;
using System.Globalization;

namespace Lnvps.Testing.Servers;

/// <summary>
/// A LibVirt daemon of the tests' own with real QEMU, beside whatever the machine runs (see scripts/start-libvirt), and a bridge for its
/// guests. It ends with this process however that ends: its shell waits for the end of our pipe, then stops daemon and guests and removes
/// everything. Needs root.
/// </summary>
public sealed class LibVirtServer : IAsyncDisposable
{
    // $1 folder, $2 scripts, $3 network namespace or "", $4 bridge, $5 and $6 its addresses.
    const string Keeper =
        """
        enter=()
        if [ -n "$3" ]; then ip netns add "$3" && enter=(ip netns exec "$3") && "${enter[@]}" ip link set lo up; fi
        "${enter[@]}" "$2/bridge-up" "$4" "$5" "$6" && "$2/start-libvirt" --private "$1" ${3:+--netns "$3"}
        echo "ready $?"
        read -r
        "$2/start-libvirt" --stop "$1"
        "${enter[@]}" "$2/bridge-up" --remove "$4"
        if [ -n "$3" ]; then ip netns delete "$3"; fi
        rm -rf "$1"
        """;

    /// <summary>This machine on the bridge: the guests' gateway, of a network as wide as /16.</summary>
    public const string Gateway = "10.66.0.1";

    static readonly Lazy<Task<LibVirtServer>> SharedServer = new(() => Start());

    static int _servers;

    readonly string? _netns;
    readonly Process _keeper;

    LibVirtServer(string folder, string? netns, string bridge, Process keeper)
    {
        (Folder, _netns, Bridge, _keeper) = (folder, netns, bridge, keeper);
    }

    /// <summary>The daemon that the tests of this process share; started at first use, in a network of its own.</summary>
    public static Task<LibVirtServer> Shared => SharedServer.Value;

    /// <summary>Holds everything of the daemon; a good place for pools.</summary>
    public string Folder { get; }

    /// <summary>For LibVirtHost and virsh.</summary>
    public string Uri => $"qemu:///system?socket={Folder}/sock/libvirt-sock";

    /// <summary>Bridge for guests; the host is <see cref="Gateway"/> and fd66::1/64 on it.</summary>
    public string Bridge { get; }

    /// <param name="ownNetwork">
    /// True: bridge and guests are in a network namespace of their own and disturb nobody; commands reach them through <see cref="InNetwork"/>.
    /// False: they are in this process's network, for tests that connect to guests themselves; one such server per machine at a time.
    /// </param>
    public static async Task<LibVirtServer> Start(bool ownNetwork = true)
    {
        var folder = Directory.CreateTempSubdirectory("lnvps-libvirt-").FullName;
        var id = string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId}-{Interlocked.Increment(ref _servers)}");
        var netns = ownNetwork ? $"lnvps-{id}" : null;
        var bridge = ownNetwork ? "br0" : "lnvpstest0";
        var keeper = Process.Start(new ProcessStartInfo("bash", ["-c", Keeper, "bash", folder, Scripts, netns ?? "", bridge, $"{Gateway}/16", "fd66::1/64"])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var errors = new System.Text.StringBuilder();
        keeper.ErrorDataReceived += (_, line) =>
        {
            lock (errors)
                errors.AppendLine(line.Data);
        };
        keeper.BeginErrorReadLine();
        var server = new LibVirtServer(folder, netns, bridge, keeper);
        while (await keeper.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line == "ready 0")
                return server;
            if (line.StartsWith("ready", StringComparison.Ordinal))
                break;
        }
        await server.DisposeAsync();
        lock (errors)
            throw new InvalidOperationException($"LibVirt does not start:\n{errors}");
    }

    /// <summary>Path of the small guest image; built when it is missing (guest/build-small).</summary>
    public static async Task<string> SmallGuest() => (await Run(Path.Combine(Scripts, "..", "guest", "build-small"), [])).Trim();

    static string Scripts
    {
        get
        {
            for (var folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
            {
                if (File.Exists(Path.Combine(folder, "lnvps.slnx")))
                    return Path.Combine(folder, "scripts");
            }
            throw new InvalidOperationException($"{AppContext.BaseDirectory} is not inside the repository");
        }
    }

    /// <summary>Kills the daemon as a crash would; its guests run on.</summary>
    public async Task Kill()
    {
        var pid = int.Parse(await File.ReadAllTextAsync(Path.Combine(Folder, "libvirtd.pid")), CultureInfo.InvariantCulture);
        using var daemon = Process.GetProcessById(pid);
        daemon.Kill();
        await daemon.WaitForExitAsync();
    }

    /// <summary>Starts the daemon again after <see cref="Kill"/>; it finds its guests.</summary>
    public Task Restart() => Run(Path.Combine(Scripts, "start-libvirt"), ["--private", Folder, .. _netns is null ? Array.Empty<string>() : ["--netns", _netns]]);

    /// <summary>Runs virsh against this daemon and returns what it printed.</summary>
    /// <exception cref="InvalidOperationException">It failed; the message holds its errors.</exception>
    public Task<string> Virsh(params string[] arguments) => Run("virsh", ["-q", "-c", Uri, .. arguments]);

    /// <summary>Runs a program where the bridge is.</summary>
    public Task<string> InNetwork(string program, params string[] arguments) =>
        _netns is null ? Run(program, arguments) : Run("ip", ["netns", "exec", _netns, program, .. arguments]);

    static async Task<string> Run(string program, string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0
            ? output
            : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}: {await errors}");
    }

    public async ValueTask DisposeAsync()
    {
        _keeper.StandardInput.Close();
        await _keeper.WaitForExitAsync();
        _keeper.Dispose();
    }
}
