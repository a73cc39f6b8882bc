using System.Diagnostics;

namespace Lnvps.Testing.Interop;

/// <summary>A server of <c>tests/interop</c> that runs beside a test. It says a line when it is ready and ends with its standard input, whatever becomes of us.</summary>
public sealed class NodeServer : IAsyncDisposable
{
    readonly Process _process;

    NodeServer(Process process, string ready) => (_process, Ready) = (process, ready);

    /// <summary>The first line that it printed: where it listens, mostly.</summary>
    public string Ready { get; }

    /// <param name="script">File name in <c>tests/interop</c>.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <exception cref="InvalidOperationException">It ended, or said nothing within half a minute.</exception>
    public static async Task<NodeServer> Start(string script, params string[] arguments)
    {
        await NodeScript.Installed;
        var start = new ProcessStartInfo("node", [script, .. arguments])
        {
            WorkingDirectory = NodeScript.Folder,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        var process = Process.Start(start) ?? throw new InvalidOperationException("node did not start");
        var ready = await process.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(30))
            ?? throw new InvalidOperationException($"{script} ended before it was ready");
        return new NodeServer(process, ready);
    }

    /// <summary>Gives it a line.</summary>
    public Task Say(string line) => _process.StandardInput.WriteLineAsync(line);

    /// <summary>The next line that it prints; null when it has ended.</summary>
    /// <param name="patience">How long it may take; null = half a minute.</param>
    public Task<string?> Hear(TimeSpan? patience = null) => _process.StandardOutput.ReadLineAsync().WaitAsync(patience ?? TimeSpan.FromSeconds(30));

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5), TimeProvider.System);
        await _process.WaitForExitAsync(limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }
}
