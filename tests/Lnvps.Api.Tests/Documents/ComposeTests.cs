using System.Globalization;
using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.Serialization;

namespace Lnvps.Api.Tests.Documents;

/// <summary>
/// <c>deploy/compose.yaml</c> as a document: no container engine is at hand where the tests run. Anchors and merged keys are read as a container engine reads them.
/// </summary>
public sealed partial class ComposeTests
{
    static readonly string Folder = Path.Combine(Testing.Checkout.Root, "deploy");

    static readonly Dictionary<object, object> Document = Read();

    static Dictionary<string, Dictionary<object, object>> Services =>
        Map(Document["services"]).ToDictionary(service => (string)service.Key, service => Map(service.Value), StringComparer.Ordinal);

    [Fact]
    public void The_servers_and_the_profile_are_there()
    {
        Assert.Equal(["krill", "mariadb", "redis"], Services.Where(service => !service.Value.ContainsKey("profiles")).Select(service => service.Key).Order(StringComparer.Ordinal));
        var regtest = Services.Where(service => service.Value.TryGetValue("profiles", out var profiles) && Texts(profiles).SequenceEqual(["regtest"])).ToDictionary();
        Assert.Equal(["bitcoind", "lnd-customer", "lnd-shop"], regtest.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(6, Services.Count);

        foreach (var (name, image) in new[] { ("mariadb", "mariadb"), ("redis", "redis"), ("krill", "nlnetlabs/krill"), ("bitcoind", "bitcoin/bitcoin"), ("lnd-shop", "lightninglabs/lnd"), ("lnd-customer", "lightninglabs/lnd") })
            Assert.Matches($"^{image}:[v0-9][^:]*$", (string)Services[name]["image"]);
        Assert.Contains("-regtest", Texts(Services["bitcoind"]["command"]));
        foreach (var node in new[] { "lnd-shop", "lnd-customer" })
        {
            var command = Texts(Services[node]["command"]);
            Assert.Contains("--bitcoin.regtest", command);
            Assert.Contains("--bitcoind.rpchost=bitcoind", command);
            Assert.Contains("bitcoind", Map(Services[node]["depends_on"]).Keys);
        }
    }

    [Theory]
    [InlineData("mariadb", 3376, 3306)]
    [InlineData("redis", 6398, 6379)]
    [InlineData("krill", 3000, 3000)]
    [InlineData("bitcoind", 18443, 18443)]
    [InlineData("lnd-shop", 8080, 8080)]
    [InlineData("lnd-shop", 10009, 10009)]
    [InlineData("lnd-customer", 8081, 8080)]
    [InlineData("lnd-customer", 10010, 10009)]
    public void A_port_leads_to_its_server(string service, int host, int inside) => Assert.Contains(new Published(host, inside), PortsOf(service));

    [Fact]
    public void Every_port_is_on_loopback_taken_once_and_named_by_the_README()
    {
        var published = Services.Keys.SelectMany(PortsOf).Select(port => port.Host).ToList();
        Assert.Equal(published.Distinct().Order(), published.Order());

        // Numbers of four digits or more in what the README says of addresses: ports, and the 101 blocks are none.
        var named = Number().Matches(File.ReadAllText(Path.Combine(Folder, "README.md"))).Select(match => int.Parse(match.Value, CultureInfo.InvariantCulture)).Distinct();
        Assert.Equal(published.Order(), named.Order());
    }

    [Fact]
    public void Every_volume_that_is_mounted_is_declared_and_the_nodes_do_not_share_one()
    {
        var mounted = Services.Values.Where(service => service.ContainsKey("volumes")).SelectMany(service => Texts(service["volumes"])).Select(volume => volume.Split(':')[0]).ToList();
        Assert.Equal(Map(Document["volumes"]).Keys.Cast<string>().Order(StringComparer.Ordinal), mounted.Order(StringComparer.Ordinal));
    }

    sealed record Published(int Host, int Inside);

    static List<Published> PortsOf(string service) => Services[service].TryGetValue("ports", out var ports)
        ? Texts(ports).ConvertAll(port =>
        {
            var parts = port.Split(':');
            Assert.Equal(3, parts.Length);
            Assert.Equal("127.0.0.1", parts[0]);
            return new Published(int.Parse(parts[1], CultureInfo.InvariantCulture), int.Parse(parts[2], CultureInfo.InvariantCulture));
        })
        : [];

    static Dictionary<object, object> Read()
    {
        using var text = File.OpenText(Path.Combine(Folder, "compose.yaml"));
        return new DeserializerBuilder().Build().Deserialize<Dictionary<object, object>>(new MergingParser(new Parser(text)));
    }

    static Dictionary<object, object> Map(object? node) => (Dictionary<object, object>)node!;

    static List<string> Texts(object node) => ((List<object>)node).ConvertAll(text => (string)text);

    [GeneratedRegex(@"(?<![\d.])\d{4,5}(?![\d.])", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Number();
}
