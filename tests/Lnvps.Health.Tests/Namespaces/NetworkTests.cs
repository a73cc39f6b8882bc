using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Lnvps.Testing.Servers;

namespace Lnvps.Health.Tests.Namespaces;

/// <summary>The program in a network that is broken in every way it should notice, and in one that it cannot.</summary>
[Trait("Speed", "slow")]
public sealed partial class NetworkTests : IAsyncLifetime, IDisposable
{
    const int Port = 8080;

    readonly string _folder = Directory.CreateTempSubdirectory("lnvps-health-").FullName;
    readonly TestNetwork _network = new();
    readonly List<Socket> _listeners = [];
    HealthProgram? _dns;

    public Task InitializeAsync()
    {
        foreach (var space in new[] { _network.Good, _network.Old, _network.Small, _network.Far })
            _listeners.Add(NetworkSpace.Listen(space, Port));
        _dns = HealthProgram.Server(_network.Good, ["dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--no-hosts", "--no-resolv", "--pid-file=", "--user=root", "--local=/example/",
            "--edns-packet-max=512", "--host-record=dual.example,192.0.2.10,2001:db8::10", "--host-record=liar.example,192.0.2.66",
            .. Enumerable.Range(1, 60).Select(i => $"--host-record=many.example,192.0.2.{i}")]);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        if (_dns is not null)
            await _dns.DisposeAsync();
    }

    public void Dispose()
    {
        _listeners.ForEach(listener => listener.Dispose());
        _network.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    string Config(string text)
    {
        var path = Path.Combine(_folder, "health.yaml");
        File.WriteAllText(path, text);
        return path;
    }

    [Fact]
    public async Task Everything_is_seen_over_and_over_and_told_to_Prometheus()
    {
        var config = Config("""
            interval-secs: 1
            metrics: {enabled: true, bind: "[::1]:9464"}
            mss-checks:
              - {name: good, host: 10.78.1.2, port: 8080}
              - {name: good six, host: "fd78:0:0:1::2", port: 8080}
              - {name: old, host: 10.78.2.2, port: 8080}
              - {name: old six, host: "fd78:0:0:2::2", port: 8080}
              - {name: clamped, host: 10.78.1.3, port: 8080}
              - {name: clamped six, host: "fd78:0:0:1::3", port: 8080}
              - {name: small, host: 10.78.3.2, port: 8080}
              - {name: small six, host: "fd78:0:0:3::2", port: 8080}
              - {name: far, host: 10.78.5.2, port: 8080}
              - {name: closed, host: 10.78.1.2, port: 8081}
            dns-checks:
              - {name: dual, server: 10.78.1.2, server-v6: "fd78:0:0:1::2", query: dual.example, expected-ips: [192.0.2.10, "2001:db8::10"]}
              - {name: many, server: 10.78.1.2, query: many.example, expected-ips: [192.0.2.60]}
              - {name: liar, server: 10.78.1.2, query: liar.example, expected-ips: [192.0.2.99]}
              - {name: none, server: 10.78.1.2, query: none.example}
              - {name: silent, server: 10.78.2.2, query: dual.example, timeout-secs: 1}
            """);
        await using var program = HealthProgram.Start(config, _network.Client);
        using var web = NetworkSpace.Web(_network.Client);
        var page = await Page(web, program, text => text.Contains("name=\"silent (v4)\"", StringComparison.Ordinal));

        Assert.Equal(
        [
            "clamped (v4) 0", "clamped (v6) 1", "clamped six (v4) 1", "clamped six (v6) 0", "closed (v4) 0", "closed (v6) 1", "dual (v4) 1", "dual (v6) 1", "far (v4) 1", "far (v6) 1",
            "good (v4) 1", "good (v6) 1", "good six (v4) 1", "good six (v6) 1", "liar (v4) 0", "many (v4) 1", "none (v4) 0", "old (v4) 1", "old (v6) 1", "old six (v4) 1", "old six (v6) 1",
            "silent (v4) 0", "small (v4) 0", "small (v6) 1", "small six (v4) 1", "small six (v6) 0",
        ], Status().Matches(page).Select(match => $"{match.Groups["name"].Value} {match.Groups["value"].Value}").Order(StringComparer.Ordinal));
        var sizes = Size().Matches(page).ToLookup(match => match.Groups["host"].Value, match => $"{match.Groups["what"].Value} {match.Groups["value"].Value}");
        Assert.Equal(["tcp_mss 1460", "pmtu 1500"], sizes["10.78.1.2"]);
        Assert.Equal(["tcp_mss 1440", "pmtu 1500"], sizes["fd78:0:0:1::2"]);
        Assert.Equal(["tcp_mss 1460", "pmtu 1500"], sizes["10.78.2.2"]);
        Assert.Equal(["tcp_mss 1440", "pmtu 1500"], sizes["fd78:0:0:2::2"]);
        Assert.Equal(["tcp_mss 1300", "pmtu 1500"], sizes["10.78.1.3"]);
        Assert.Equal(["tcp_mss 1280", "pmtu 1500"], sizes["fd78:0:0:1::3"]);
        Assert.Equal(["tcp_mss 1360", "pmtu 1400"], sizes["10.78.3.2"]);
        Assert.Equal(["tcp_mss 1340", "pmtu 1400"], sizes["fd78:0:0:3::2"]);
        Assert.Contains("health_dns_latency_seconds{server=\"fd78:0:0:1::2\",query=\"dual.example\",family=\"v6\"} ", page, StringComparison.Ordinal);
        Assert.DoesNotContain("health_dns_latency_seconds{server=\"10.78.2.2\"", page, StringComparison.Ordinal);
        Assert.Equal((0, ""), await Promtool.Check(page));

        // A narrow link in the middle is known once large packets went that way and the router said so; with that answer swallowed nobody can know.
        Assert.Equal(["tcp_mss 1460", "pmtu 1500"], sizes["10.78.5.2"]);
        await SendMuch("10.78.5.2");
        var before = program.Log.Length;
        await Page(web, program, _ => program.Log[before..].Split("silent (v4) failed", StringSplitOptions.None).Length > 2);
        Assert.Contains("far (v4) passed", program.Log[before..], StringComparison.Ordinal);
        Assert.DoesNotContain("far (v4) failed", program.Log, StringComparison.Ordinal);
        _network.FillTheHole();
        await SendMuch("10.78.5.2");
        page = await Page(web, program, text => text.Contains("health_pmtu_bytes{host=\"10.78.5.2\",port=\"8080\",family=\"v4\"} 1400\n", StringComparison.Ordinal));
        Assert.Contains("health_tcp_mss_bytes{host=\"10.78.5.2\",port=\"8080\",family=\"v4\"} 1360\n", page, StringComparison.Ordinal);
        Assert.Contains("far (v4) failed: MSS is too low: MSS 1360 bytes, expected 1460 bytes, path MTU 1400 bytes", program.Log, StringComparison.Ordinal);

        using var elsewhere = await web.GetAsync(new Uri("http://[::1]:9464/"));
        Assert.Equal((HttpStatusCode.NotFound, "{\"error\":"), (elsewhere.StatusCode, (await elsewhere.Content.ReadAsStringAsync())[..9]));
        Assert.Equal(0, await program.Stop());
    }

    [Fact]
    public async Task Once_prints_a_table_and_its_status_tells()
    {
        var good = Config("mss-checks: [{name: web, host: 'fd78:0:0:1::2', port: 8080}]");
        var (status, output, errors) = await HealthProgram.Run(_network.Client, "-c", good, "--once");
        Assert.True(status == 0, output + errors);
        Assert.Matches(@"│ web \(v4\) │ skipped │ +\d+ ms +│ fd78:0:0:1::2 has no IPv4 address +│", output);
        Assert.Matches(@"│ web \(v6\) │ passed +│ +\d+ ms +│ MSS 1440 bytes, expected 1440 bytes, path MTU 1500 bytes, \[fd78:0:0:1::2\]:8080 +│", output);
        Assert.Contains("1 passed, 1 skipped, 0 failed", output, StringComparison.Ordinal);

        var bad = Config("mss-checks: [{name: web, host: 10.78.1.2, port: 8081}]");
        (status, output, errors) = await HealthProgram.Run(_network.Client, "--config", bad, "--once");
        Assert.True(status == 2, output + errors);
        Assert.Contains("no connection to 10.78.1.2:8081: Connection refused", output, StringComparison.Ordinal);
    }

    // Large packets on the way there, as any customer would send.
    async Task SendMuch(string address)
    {
        using var socket = NetworkSpace.Client(_network.Client);
        await socket.ConnectAsync(IPAddress.Parse(address), Port).WaitAsync(TimeSpan.FromMinutes(1));
        await socket.SendAsync(new byte[10_000]);
        // Until the first segment is on its way.
        await Task.Delay(TimeSpan.FromMilliseconds(300), TimeProvider.System);
    }

    static async Task<string> Page(HttpClient web, HealthProgram program, Func<string, bool> wanted)
    {
        var text = "";
        for (var look = 0; look < 600; look++)
        {
            try
            {
                text = await web.GetStringAsync(new Uri("http://[::1]:9464/metrics"));
                if (wanted(text))
                    return text;
            }
            catch (HttpRequestException)
            {
                // It does not listen yet.
            }
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        }
        throw new InvalidOperationException($"not seen: {text}\n{program.Log}");
    }

    [GeneratedRegex("""^health_check_status\{check_id="[^"]*",name="(?<name>[^"]*)"\} (?<value>[01])$""", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Status();

    [GeneratedRegex("""^health_(?<what>tcp_mss|pmtu)_bytes\{host="(?<host>[^"]*)",port="8080",family="v[46]"\} (?<value>\d+)$""", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Size();
}
