using System.Diagnostics;
using System.Text;

namespace Lnvps.Health.Tests;

/// <summary>
/// <c>lnvps_health</c>, or a server, as a process of its own, in a network namespace if one is named. It gets SIGTERM when this is disposed of, and when the
/// tests end however they end: its shell waits for the end of our pipe.
/// </summary>
sealed class HealthProgram : IAsyncDisposable
{
    const string Keeper =
        """
        "$@" </dev/null &
        program=$!
        read -r order
        kill -TERM $program 2>/dev/null
        wait $program
        """;

    static readonly TimeSpan s_patience = TimeSpan.FromMinutes(1);

    readonly Process _keeper;
    readonly StringBuilder _log = new();

    HealthProgram(Process keeper)
    {
        _keeper = keeper;
        _keeper.ErrorDataReceived += (_, line) => Add(line.Data);
        _keeper.OutputDataReceived += (_, line) => Add(line.Data);
        _keeper.BeginErrorReadLine();
        _keeper.BeginOutputReadLine();
    }

    /// <summary>What it has said so far.</summary>
    public string Log
    {
        get
        {
            lock (_log)
                return _log.ToString();
        }
    }

    /// <summary>The health monitor in continuous operation.</summary>
    /// <param name="variables">Added to its environment.</param>
    public static HealthProgram Start(string config, string? space = null, params (string Name, string Value)[] variables) =>
        new(Launch(["bash", "-c", Keeper, "keeper", .. Entering(space), "dotnet", ProgramFile, "--config", config], variables));

    /// <summary>A server in a namespace.</summary>
    public static HealthProgram Server(string space, params string[] command) => new(Launch(["bash", "-c", Keeper, "keeper", .. Entering(space), .. command]));

    /// <summary>The health monitor with these arguments until it ends by itself.</summary>
    public static async Task<(int Status, string Output, string Errors)> Run(string? space, params string[] arguments)
    {
        using var process = Launch([.. Entering(space), "dotnet", ProgramFile, .. arguments]);
        process.StandardInput.Close();
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        try
        {
            await process.WaitForExitAsync().WaitAsync(s_patience);
        }
        catch (TimeoutException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
        return (process.ExitCode, await output, await errors);
    }

    /// <summary>Sends SIGTERM; gives the exit status.</summary>
    public async Task<int> Stop()
    {
        _keeper.StandardInput.Close();
        try
        {
            await _keeper.WaitForExitAsync().WaitAsync(s_patience);
        }
        catch (TimeoutException)
        {
            _keeper.Kill(entireProcessTree: true);
            throw;
        }
        return _keeper.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_keeper.HasExited)
            await Stop();
        _keeper.Dispose();
    }

    static string ProgramFile => Path.Combine(AppContext.BaseDirectory, "lnvps_health.dll");

    static string[] Entering(string? space) => space is null ? [] : ["ip", "netns", "exec", space];

    static Process Launch(string[] command, params (string Name, string Value)[] variables)
    {
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in variables)
            start.Environment[name] = value;
        return Process.Start(start)!;
    }

    void Add(string? line)
    {
        lock (_log)
            _log.Append(line).Append('\n');
    }
}
