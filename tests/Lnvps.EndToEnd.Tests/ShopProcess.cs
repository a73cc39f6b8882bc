using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Lnvps.EndToEnd.Tests;

/// <summary>The real program <c>lnvps_api dev</c> as a process of its own, which can be stopped, killed and started again on the same folder.</summary>
public sealed class ShopProcess : IAsyncDisposable
{
    static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(120);

    readonly string[] _arguments;
    readonly StringBuilder _log = new();
    Process? _process;

    /// <param name="folder">The data folder; kept by the caller.</param>
    public ShopProcess(string folder, params string[] arguments)
    {
        var port = FreePort();
        Address = new Uri($"http://127.0.0.1:{port}");
        _arguments = [Program, "dev", "--data", folder, "--listen", $"127.0.0.1:{port}", .. arguments];
    }

    public Uri Address { get; }

    /// <summary>Goes before the folders of PATH, so that the program finds other commands than this machine's; null = nothing.</summary>
    public string? Commands { get; init; }

    /// <summary>The checkout.</summary>
    public static string Root { get; } = FindRoot();

    internal static string Program => Path.Combine(Root, "src", "Lnvps.Api", "bin", Configuration, "net10.0", "lnvps_api.dll");

    static string Configuration => AppContext.BaseDirectory.Contains("/Release/", StringComparison.Ordinal) ? "Release" : "Debug";

    /// <summary>What it printed so far.</summary>
    public string Log
    {
        get
        {
            lock (_log)
                return _log.ToString();
        }
    }

    /// <summary>Starts it and waits until it is ready.</summary>
    public async Task Start()
    {
        Launch();
        using var http = new HttpClient(new SocketsHttpHandler()) { BaseAddress = Address, Timeout = TimeSpan.FromSeconds(5) };
        var began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            if (_process!.HasExited)
                throw new InvalidOperationException($"The program ended with {_process.ExitCode} at its start:\n{Log}");
            try
            {
                if ((await http.GetAsync(new Uri("/health/ready", UriKind.Relative))).IsSuccessStatusCode)
                    return;
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }
            catch (TaskCanceledException)
            {
                // Busy.
            }
            if (TimeProvider.System.GetElapsedTime(began) > StartLimit)
                throw new TimeoutException($"The program was not ready in time:\n{Log}");
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }
    }

    /// <summary>Runs it to its end and returns its exit status.</summary>
    public async Task<int> RunToEnd(TimeSpan limit)
    {
        Launch();
        await _process!.WaitForExitAsync().WaitAsync(limit);
        return _process.ExitCode;
    }

    /// <summary>SIGKILL: no handler runs, nothing is flushed.</summary>
    public async Task Kill()
    {
        _process!.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>SIGTERM; returns the exit status.</summary>
    public Task<int> Terminate() => End("TERM");

    /// <summary>SIGINT, as Ctrl-C in a terminal; returns the exit status.</summary>
    public Task<int> Interrupt() => End("INT");

    /// <summary>Sends a signal and waits for nothing.</summary>
    public async Task Signal(string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", $"{_process!.Id}"]);
        await kill.WaitForExitAsync();
    }

    /// <summary>Waits for its end; returns the exit status.</summary>
    public async Task<int> Ended()
    {
        await _process!.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(90));
        return _process.ExitCode;
    }

    async Task<int> End(string signal)
    {
        await Signal(signal);
        return await Ended();
    }

    /// <summary>Starts it and waits for nothing.</summary>
    public void Launch()
    {
        _process?.Dispose();
        // Not bound to its parent's death: that signal follows the thread that started it, and threads of the pool come and go.
        // Jobs in the background of a shell, as the tests may be, ignore SIGINT, and so would what they start.
        _process = new Process
        {
            StartInfo = new ProcessStartInfo("env", ["--default-signal=INT", "dotnet", .. _arguments])
            {
                UseShellExecute = false,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            },
        };
        if (Commands is not null)
            _process.StartInfo.Environment["PATH"] = $"{Commands}:{Environment.GetEnvironmentVariable("PATH")}";
        _process.OutputDataReceived += (_, line) => Keep(line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    void Keep(string? line)
    {
        lock (_log)
            _log.AppendLine(line);
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }
        _process?.Dispose();
    }

    /// <summary>A port of loopback that nobody listens on.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "lnvps.slnx")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("The checkout was not found");
    }
}
