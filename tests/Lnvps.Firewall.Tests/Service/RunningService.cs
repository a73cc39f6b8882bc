using System.Diagnostics;
using System.Text;
using Lnvps.Firewall.Tests.Traffic;

namespace Lnvps.Firewall.Tests.Service;

/// <summary>The program as an operator starts it, in the server's namespace.</summary>
sealed class RunningService : IDisposable
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    static readonly string Program = typeof(Lnvps.Firewall.Attaching.KernelProgram).Assembly.Location;
    readonly Process _process;
    readonly StringBuilder _log = new();

    public RunningService(string space, params string[] arguments)
    {
        var start = new ProcessStartInfo("ip", ["netns", "exec", space, "dotnet", Program, .. arguments]) { UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = true };
        _process = new Process { StartInfo = start };
        _process.ErrorDataReceived += Keep;
        _process.OutputDataReceived += Keep;
        _process.Start();
        _process.BeginErrorReadLine();
        _process.BeginOutputReadLine();
    }

    public string Log
    {
        get
        {
            lock (_log)
                return _log.ToString();
        }
    }

    /// <summary>Waits until the log has the text <paramref name="times"/> times.</summary>
    public void Await(string text, int times = 1) => Await(() => Log.Split(text).Length > times, () => $"'{text}' did not come:\n{Log}");

    public static void Await(Func<bool> condition, Func<string> message)
    {
        var started = TimeProvider.System.GetTimestamp();
        using var never = new ManualResetEventSlim();
        while (!condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < Patience, message());
            never.Wait(20);
        }
    }

    /// <summary>`ip netns exec` replaces itself with the program: the process is the service.</summary>
    public void Signal(string name) => TestNetwork.Execute("kill", $"-{name}", _process.Id.ToString());

    public int AwaitExit()
    {
        Assert.True(_process.WaitForExit(Patience), $"The service did not end:\n{Log}");
        // The streams are read to their end too.
        _process.WaitForExit();
        return _process.ExitCode;
    }

    /// <summary>Runs it to its end.</summary>
    public static (int Status, string Output, string Error) Call(string space, params string[] arguments) =>
        TestNetwork.Execute("ip", ["netns", "exec", space, "dotnet", Program, .. arguments]);

    void Keep(object sender, DataReceivedEventArgs line)
    {
        if (line.Data is not { } text)
            return;
        lock (_log)
            _log.AppendLine(text);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }
}
