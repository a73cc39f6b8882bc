using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Lnvps.Platform.Configuration;

namespace Lnvps.Testing.Servers;

/// <summary>
/// A real Redis on a free loopback port that keeps nothing: started again it is empty. It ends with this process however that ends: its shell waits for the end of
/// our pipe and kills it.
/// </summary>
public sealed class RedisServer : IAsyncDisposable
{
    /// <summary>Contains what a URL must escape.</summary>
    public const string Password = "p@ss:w/rd%?#1";

    const int StartAttempts = 5;

    // The shell is the server's parent and dies of nothing but a kill, so neither is left behind.
    const string Keeper =
        """
        setpriv --pdeathsig KILL "$@" </dev/null >/dev/null 2>&1 &
        server=$!
        echo $server
        read -r order
        kill -9 $server 2>/dev/null
        wait $server 2>/dev/null
        """;

    Process? _keeper;
    string _pid = "";

    RedisServer(int port) => Port = port;

    /// <summary>Loopback port; kept over a restart.</summary>
    public int Port { get; }

    /// <summary>Value of <c>redis.url</c>.</summary>
    public string Url => string.Create(CultureInfo.InvariantCulture, $"redis://:{Uri.EscapeDataString(Password)}@127.0.0.1:{Port}/0");

    public RedisSettings Settings => new() { Host = "127.0.0.1", Port = Port, Database = 0, Password = Password, Tls = false, StateLifetime = TimeSpan.FromSeconds(300) };

    public static async Task<RedisServer> Start()
    {
        for (var attempt = 1; ; attempt++)
        {
            var server = new RedisServer(FreePort());
            if (await server.Launch())
                return server;
            // Another process may have taken the free port in between.
            server.Stop();
            if (attempt == StartAttempts)
                throw new InvalidOperationException("redis-server does not start");
        }
    }

    /// <summary>Kills the server and all that it knows.</summary>
    public void Stop()
    {
        using var keeper = Interlocked.Exchange(ref _keeper, null);
        if (keeper is null || keeper.HasExited)
            return;
        keeper.StandardInput.Close();
        keeper.WaitForExit();
    }

    /// <summary>Starts the stopped server again on the same port, empty.</summary>
    public async Task StartAgain()
    {
        if (!await Launch())
            throw new InvalidOperationException("redis-server does not start again");
    }

    /// <summary>The server hangs: connections stay open and nothing answers.</summary>
    public Task Freeze() => Run("kill", "-STOP", _pid);

    /// <summary>A frozen server goes on.</summary>
    public Task Thaw() => Run("kill", "-CONT", _pid);

    /// <summary>Runs a command through <c>redis-cli</c>, independent of the client under test; returns its output.</summary>
    public Task<string> Execute(params string[] command) =>
        Run("redis-cli", ["-p", Port.ToString(CultureInfo.InvariantCulture), "-a", Password, "--no-auth-warning", .. command]);

    public ValueTask DisposeAsync()
    {
        Stop();
        return ValueTask.CompletedTask;
    }

    async Task<bool> Launch()
    {
        var start = new ProcessStartInfo("/bin/sh") { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false };
        string[] arguments =
        [
            "-c", Keeper, "keeper", "redis-server", "--port", Port.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1", "--requirepass", Password,
            "--save", "", "--appendonly", "no", "--dir", Path.GetTempPath(), "--maxmemory", "64mb", "--maxmemory-policy", "volatile-ttl",
        ];
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        _keeper = Process.Start(start) ?? throw new InvalidOperationException("No shell");
        _pid = await _keeper.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("No shell");
        var began = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(began) < TimeSpan.FromSeconds(30))
        {
            if (await Answers())
                return true;
            if (!Directory.Exists($"/proc/{_pid}"))
                return false;
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }
        return false;
    }

    async Task<bool> Answers()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, Port);
            return (await Execute("PING")).Trim() == "PONG";
        }
        catch (SocketException)
        {
            return false;
        }
    }

    static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    static async Task<string> Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, UseShellExecute = false })
            ?? throw new InvalidOperationException($"Cannot start {program}");
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return output;
    }
}
