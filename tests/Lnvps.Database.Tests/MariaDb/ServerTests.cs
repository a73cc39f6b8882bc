using Lnvps.Testing.Servers;

namespace Lnvps.Database.Tests.MariaDb;

/// <summary>The test server itself: what the other tests take for granted.</summary>
public sealed class ServerTests
{
    [Fact]
    public async Task Databases_are_fresh_and_urls_escape_the_password()
    {
        var server = await MariaDbServer.Shared;
        var first = await server.CreateDatabase();
        var second = await server.CreateDatabase();
        Assert.NotEqual(first, second);
        Assert.StartsWith($"mysql://lnvps:p%40ss%3Aw%2Frd%25%3F%231@127.0.0.1:{server.Port}/lnvps_", first);
        Assert.Equal("0\n", await server.Execute($"SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = '{first[(first.LastIndexOf('/') + 1)..]}'"));
    }

    [Fact]
    [Trait("Speed", "slow")]
    public async Task A_server_of_ones_own_stops_and_starts_again_with_its_data()
    {
        await using var server = await MariaDbServer.Start();
        await server.Execute("CREATE DATABASE kept");
        server.Stop();
        await Assert.ThrowsAsync<InvalidOperationException>(() => server.Execute("SELECT 1"));
        await server.StartAgain();
        Assert.Equal("kept\n", await server.Execute("SHOW DATABASES LIKE 'kept'"));
    }
}
