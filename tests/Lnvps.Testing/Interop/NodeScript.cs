using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Lnvps.Testing.Interop;

/// <summary>
/// Runs the scripts of <c>tests/interop</c>, which answer questions with other people's npm packages. The packages are installed from the lock file
/// at first use; after that no network is needed.
/// </summary>
public static class NodeScript
{
    static readonly string s_folder = Path.Combine(Checkout.Root, "tests", "interop");
    static readonly Lazy<Task> s_installed = new(Install);

    internal static string Folder => s_folder;

    internal static Task Installed => s_installed.Value;

    /// <summary>Gives the script JSON on its standard input and reads the JSON it prints.</summary>
    /// <param name="script">File name in <c>tests/interop</c>.</param>
    /// <param name="input">What the script reads.</param>
    /// <param name="stop">Ends the script.</param>
    /// <exception cref="InvalidOperationException">Node.js is missing, or the script failed; the message has its error output.</exception>
    public static async Task<JsonNode> Run(string script, JsonNode input, CancellationToken stop = default)
    {
        await s_installed.Value;
        var output = await Execute("node", [script], input.ToJsonString(), stop);
        return JsonNode.Parse(output) ?? throw new InvalidOperationException($"{script} printed null");
    }

    static async Task Install()
    {
        // Test projects run side by side; one installs, the others wait.
        await using var turn = await Turn(Path.Combine(Path.GetTempPath(), "lnvps-interop-install.lock"));
        var wanted = new FileInfo(Path.Combine(s_folder, "package-lock.json"));
        var present = new FileInfo(Path.Combine(s_folder, "node_modules", ".package-lock.json"));
        if (!present.Exists || present.LastWriteTimeUtc < wanted.LastWriteTimeUtc)
        {
            await Execute("npm", ["ci", "--prefer-offline", "--no-audit", "--no-fund"], input: "", CancellationToken.None);
            File.SetLastWriteTimeUtc(present.FullName, TimeProvider.System.GetUtcNow().UtcDateTime);
        }
    }

    static async Task<FileStream> Turn(string path)
    {
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System);
            }
        }
    }

    static async Task<string> Execute(string program, string[] arguments, string input, CancellationToken stop)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = s_folder,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start");
        await using var ended = stop.Register(() => process.Kill(entireProcessTree: true));
        var output = process.StandardOutput.ReadToEndAsync(stop);
        var errors = process.StandardError.ReadToEndAsync(stop);
        await process.StandardInput.WriteAsync(input.AsMemory(), stop);
        process.StandardInput.Close();
        await process.WaitForExitAsync(stop);
        return process.ExitCode == 0
            ? await output
            : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} failed in {s_folder}: {await errors}");
    }
}
