using System.Diagnostics;

namespace Lnvps.Testing.Servers;

/// <summary>What Prometheus' own checker says of a metrics page.</summary>
public static class Promtool
{
    /// <summary>Exit status of <c>promtool check metrics</c> and everything it says.</summary>
    public static async Task<(int Status, string Said)> Check(string metrics)
    {
        using var process = Process.Start(new ProcessStartInfo("promtool", ["check", "metrics"])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.StandardInput.WriteAsync(metrics);
        process.StandardInput.Close();
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(1));
        return (process.ExitCode, await output + await errors);
    }
}
