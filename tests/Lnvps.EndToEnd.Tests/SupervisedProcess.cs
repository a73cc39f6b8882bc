using System.Diagnostics;
using System.Text;

namespace Lnvps.EndToEnd.Tests;

/// <summary><c>lnvps_api --config FILE</c> as a service: whenever it ends, it is started again, until this is disposed of.</summary>
sealed class SupervisedProcess : IAsyncDisposable
{
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    readonly string[] _arguments;
    readonly CancellationTokenSource _stop = new();
    readonly StringBuilder _log = new();
    readonly Lock _gate = new();
    readonly Task _supervision;
    Process? _process;

    public SupervisedProcess(string config, params string[] arguments)
    {
        _arguments = [ShopProcess.Program, "--config", config, .. arguments];
        _supervision = Supervise();
    }

    /// <summary>How often it was started.</summary>
    public int Starts { get; private set; }

    /// <summary>Numbers of the processes that were killed.</summary>
    public List<int> Killed { get; } = [];

    public string Log
    {
        get
        {
            lock (_gate)
                return _log.ToString();
        }
    }

    /// <summary>SIGKILL, if it runs: no handler runs, nothing is flushed.</summary>
    public void Kill()
    {
        lock (_gate)
        {
            if (_process is not { HasExited: false } process)
                return;
            Killed.Add(process.Id);
            process.Kill();
        }
    }

    async Task Supervise()
    {
        while (!_stop.IsCancellationRequested)
        {
            var process = Launch();
            try
            {
                await process.WaitForExitAsync(_stop.Token);
                await Task.Delay(Pause, TimeProvider.System, _stop.Token);
            }
            catch (OperationCanceledException)
            {
                // The end.
            }
        }
    }

    Process Launch()
    {
        var process = new Process
        {
            StartInfo = new ProcessStartInfo("dotnet", _arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true },
        };
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        lock (_gate)
        {
            process.Start();
            _process = process;
            Starts++;
        }
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    void Keep(string? line)
    {
        lock (_gate)
            _log.AppendLine(line);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _supervision;
        if (_process is { HasExited: false } running)
        {
            running.Kill();
            await running.WaitForExitAsync();
        }
        _process?.Dispose();
        _stop.Dispose();
    }
}
