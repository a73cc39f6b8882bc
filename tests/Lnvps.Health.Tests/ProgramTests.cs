using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Lnvps.Testing.Interop;

namespace Lnvps.Health.Tests;

/// <summary>The program as its operators know it: exit codes, and e-mails through a mail server of other hands (npm's smtp-server) with TLS.</summary>
[Trait("Speed", "slow")]
public sealed class ProgramTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("lnvps-health-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    string PathOf(string name) => Path.Combine(_folder, name);

    string Config(string text)
    {
        File.WriteAllText(PathOf("health.yaml"), text);
        return PathOf("health.yaml");
    }

    [Fact]
    public async Task What_is_wrong_at_start_is_named_and_the_status_is_1()
    {
        var missing = await HealthProgram.Run(null, "-c", PathOf("missing.yaml"));
        Assert.Equal(1, missing.Status);
        Assert.Contains("missing.yaml does not exist", missing.Errors, StringComparison.Ordinal);
        var wrong = await HealthProgram.Run(null, "-c", Config("interval-secs: 0"), "--once");
        Assert.Equal(1, wrong.Status);
        Assert.Contains("'interval-secs' must be", wrong.Errors, StringComparison.Ordinal);

        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var listening = await HealthProgram.Run(null, "-c", Config($$"""
            metrics: {enabled: true, bind: "{{taken.LocalEndpoint}}"}
            mss-checks: [{name: a, host: 127.0.0.1, port: 1}]
            """));
        Assert.Equal(1, listening.Status);
        Assert.Contains("'metrics.bind'", listening.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_checks_there_is_nothing_to_do()
    {
        var (status, _, errors) = await HealthProgram.Run(null, "-c", Config("pmtu-checks: []"));
        Assert.Equal(0, status);
        Assert.Contains("has no checks", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Operators_are_written_to_over_TLS_when_a_check_fails_and_when_it_passes_again()
    {
        MakeCertificate();
        await using var server = await NodeServer.Start("mail.js",
            new JsonObject { ["key"] = PathOf("key.pem"), ["cert"] = PathOf("cert.pem"), ["refuse"] = new JsonArray("gone@example.com") }.ToJsonString());
        IPEndPoint closed;
        using (var free = new TcpListener(IPAddress.Loopback, 0))
        {
            free.Start();
            closed = (IPEndPoint)free.LocalEndpoint;
        }
        var config = Config($$"""
            interval-secs: 1
            smtp: {host: localhost, port: {{server.Ready}}, username: shop@example.com, password: "pass wörd", from: "Health <health@example.com>", to: [gone@example.com, here@example.com]}
            mss-checks: [{name: web, host: 127.0.0.1, port: {{closed.Port}}}]
            """);
        // The certificate is its own authority.
        await using var program = HealthProgram.Start(config, null, ("SSL_CERT_FILE", PathOf("cert.pem")));
        var alert = JsonNode.Parse((await server.Hear(TimeSpan.FromMinutes(1)))!)!;
        Assert.Equal(("[Health Alert] web (v4)", "here@example.com", "health@example.com"), ((string)alert["subject"]!, (string)alert["to"]![0]!, (string)alert["from"]!));
        Assert.True((bool)alert["secure"]!);
        Assert.Equal($"Health check ERROR: web (v4)\n\nError: no connection to {closed}: Connection refused\n", (string)alert["text"]!);
        Assert.NotEqual("string", alert["html"]?.GetValueKind().ToString().ToLowerInvariant());

        using var open = new TcpListener(closed);
        open.Start();
        var recovery = JsonNode.Parse((await server.Hear(TimeSpan.FromMinutes(1)))!)!;
        Assert.Equal("[Health Recovery] web (v4)", (string)recovery["subject"]!);
        Assert.StartsWith("Health check RECOVERED: web (v4)\n\nMSS ", (string)recovery["text"]!, StringComparison.Ordinal);
        Assert.Equal(0, await program.Stop());
        Assert.Contains("No e-mail to gone@example.com: [Health Alert] web (v4): the mail server answered 550", program.Log, StringComparison.Ordinal);
    }

    void MakeCertificate()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        File.WriteAllText(PathOf("cert.pem"), certificate.ExportCertificatePem());
        File.WriteAllText(PathOf("key.pem"), key.ExportPkcs8PrivateKeyPem());
    }
}
