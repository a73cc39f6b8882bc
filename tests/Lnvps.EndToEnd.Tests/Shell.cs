using System.Diagnostics;

namespace Lnvps.EndToEnd.Tests;

/// <summary>Commands of this machine.</summary>
static class Shell
{
    /// <summary>Exit status, and everything the command said, output first; the command is killed after the limit.</summary>
    public static async Task<(int Status, string Output)> Try(TimeSpan limit, string program, params string[] arguments)
    {
        var (status, output, errors) = await Execute(limit, program, arguments);
        return (status, output + errors);
    }

    /// <summary>Standard output alone: what a command reports of its progress goes to standard error.</summary>
    /// <exception cref="InvalidOperationException">The command failed.</exception>
    public static async Task<string> Run(string program, params string[] arguments)
    {
        var (status, output, errors) = await Execute(TimeSpan.FromMinutes(10), program, arguments);
        return status == 0 ? output : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {status}: {output}{errors}");
    }

    static async Task<(int Status, string Output, string Errors)> Execute(TimeSpan limit, string program, string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        try
        {
            await process.WaitForExitAsync().WaitAsync(limit);
        }
        catch (TimeoutException)
        {
            process.Kill(entireProcessTree: true);
            return (-1, "no answer in time", "");
        }
        return (process.ExitCode, await output, await errors);
    }
}
