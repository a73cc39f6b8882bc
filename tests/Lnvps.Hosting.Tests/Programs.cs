using System.Diagnostics;

namespace Lnvps.Hosting.Tests;

static class Programs
{
    /// <summary>Runs a program to its end and returns its standard output as bytes; a failure fails the test with what it wrote.</summary>
    public static byte[] Output(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        using var output = new MemoryStream();
        var errors = process.StandardError.ReadToEndAsync();
        process.StandardOutput.BaseStream.CopyTo(output);
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}: {errors.Result}");
        return output.ToArray();
    }

    public static string Text(string program, params string[] arguments) => System.Text.Encoding.UTF8.GetString(Output(program, arguments));
}
