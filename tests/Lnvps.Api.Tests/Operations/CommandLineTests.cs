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
}
