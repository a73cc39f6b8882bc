using Lnvps.Testing.Lightning;

namespace Lnvps.Api.Tests.Operations;

public sealed class CommandLineTests
{
    [Theory]
    [InlineData(0, "--version")]
    [InlineData(0, "-V")]
    [InlineData(0, "--help")]
    [InlineData(0, "-h")]
    [InlineData(1, "--mode", "web")]
    [InlineData(1, "--colour")]
    [InlineData(1, "surplus")]
    [InlineData(1, "-c", "/nowhere/config.yaml")]
    [InlineData(1, "--config", "/nowhere/config.yaml", "--mode", "api")]
    [InlineData(1, "--config", "/nowhere/config.yaml", "--mode", "api", "--mode", "worker")]
    [InlineData(1, "--config", "/nowhere/config.yaml", "--log", "/nowhere/api.log")]
    public async Task What_is_wrong_at_start_is_said_by_the_exit_status(int status, params string[] arguments) =>
        Assert.Equal(status, await CommandLine.Build().Parse(arguments).InvokeAsync());

    [Theory]
    [InlineData("", "--mode", "api")]
    [InlineData("", "--mode", "worker")]
    [InlineData("redis: {url: \"redis://127.0.0.1:1\"}", "--mode", "api")]
    [InlineData("redis: {url: \"redis://127.0.0.1:1\"}")]
    public async Task One_mode_alone_needs_Redis_and_a_Redis_that_is_not_there_ends_the_start(string redis, params string[] modes)
    {
        var folder = Directory.CreateTempSubdirectory("lnvps-start-").FullName;
        try
        {
            var file = Path.Combine(folder, "config.yaml");
            await File.WriteAllTextAsync(file, $$"""
                db: "sqlite:{{folder}}/lnvps.db"
                public-url: "http://127.0.0.1:8000"
                listen: "127.0.0.1:0"
                lightning:
                  dev:
                exchange-rates:
                  fixed: {EUR: 95000}
                metrics: {enabled: false}
                provisioner:
                {{redis}}
                """);
            Assert.Equal(1, await CommandLine.Build().Parse(["--config", file, .. modes]).InvokeAsync().WaitAsync(TimeSpan.FromSeconds(60)));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task Nothing_is_served_without_the_Lightning_node(bool exists, bool isAnother)
    {
        await using var node = await LndSimulator.Start();
        if (isAnother)
            await node.PresentAnotherCertificate();
        else if (!exists)
            await node.GoDown();
        Assert.Equal(exists && !isAnother ? 0 : 1, await Serve("127.0.0.1:0", node, stopAfterStart: true));
    }

    [Theory]
    [InlineData("192.0.2.1:8000")]
    [InlineData("[::ffff:127.0.0.1]:0")]
    public async Task An_address_that_cannot_be_listened_on_ends_the_program(string listen)
    {
        await using var node = await LndSimulator.Start();
        Assert.Equal(1, await Serve(listen, node, stopAfterStart: false));
    }

    static async Task<int> Serve(string listen, LndSimulator node, bool stopAfterStart)
    {
        var folder = Directory.CreateTempSubdirectory("lnvps-start-").FullName;
        using var stop = new CancellationTokenSource();
        try
        {
            var file = Path.Combine(folder, "config.yaml");
            await File.WriteAllTextAsync(file, $$"""
                db: "sqlite:{{folder}}/lnvps.db"
                public-url: "https://api.example.com"
                listen: "{{listen}}"
                lightning:
                  lnd:
                    url: "{{node.Settings.Url}}"
                    cert: "{{node.Settings.CertificatePath}}"
                    macaroon: "{{node.Settings.MacaroonPath}}"
                exchange-rates:
                  fixed: {EUR: 95000}
                provisioner:
                """);
            var run = CommandLine.Build().Parse(["--config", file]).InvokeAsync(cancellationToken: stop.Token);
            // The sweep and the listener ask the node as soon as everything runs.
            while (stopAfterStart && !run.IsCompleted && node.OpenStreams == 0)
                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
            if (stopAfterStart)
                await stop.CancelAsync();
            return await run.WaitAsync(TimeSpan.FromSeconds(60));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
