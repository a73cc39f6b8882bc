namespace Lnvps.EndToEnd.Tests;

/// <summary>The command ./run itself, from the checkout; it builds only what has changed since it was run last.</summary>
[Trait("Speed", "slow")]
public sealed class RunCommandTests : IDisposable
{
    static readonly string Run = Path.Combine(ShopProcess.Root, "run");

    readonly string _folder = Directory.CreateTempSubdirectory("lnvps-run-").FullName;

    [Fact]
    public async Task It_orders_a_machine_on_a_simulated_host_and_removes_it()
    {
        var (status, output) = await Shell.Try(TimeSpan.FromMinutes(6), Run, "--simulate", "--order", "--once", "--data", _folder, "--listen", $"127.0.0.1:{ShopProcess.FreePort()}");

        Assert.True(status == 0, output);
        foreach (var said in new[] { "SIMULATED HOST", "LNVPS is ready at", "npub1", "lnbcrt", "Running", "Removed" })
            Assert.Contains(said, output, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(_folder, "lnvps.db")));
    }

    [Theory]
    [InlineData("--once")]
    [InlineData("--colour")]
    [InlineData("--data")]
    public async Task Wrong_arguments_are_refused_at_once(string argument) =>
        Assert.NotEqual(0, (await Shell.Try(TimeSpan.FromSeconds(30), Run, argument)).Status);

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
