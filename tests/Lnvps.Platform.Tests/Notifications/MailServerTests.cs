using System.Net.Mail;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Lnvps.Core.Outcomes;
using Lnvps.Platform.Configuration;
using Lnvps.Platform.Notifications.Mail;
using Lnvps.Testing.Interop;

namespace Lnvps.Platform.Tests.Notifications;

/// <summary>Against a mail server of other hands (npm's smtp-server), with TLS in both ways.</summary>
[Trait("Speed", "slow")]
public sealed class MailServerTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("lnvps-mail-").FullName;
    readonly string _thumbprint;

    public MailServerTests()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        _thumbprint = certificate.Thumbprint;
        File.WriteAllText(Path.Combine(_folder, "cert.pem"), certificate.ExportCertificatePem());
        File.WriteAllText(Path.Combine(_folder, "key.pem"), key.ExportPkcs8PrivateKeyPem());
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    Task<NodeServer> Server(JsonObject? options = null)
    {
        options ??= [];
        options["key"] = Path.Combine(_folder, "key.pem");
        options["cert"] = Path.Combine(_folder, "cert.pem");
        return NodeServer.Start("mail.js", options.ToJsonString());
    }

    MailServer Client(NodeServer server, MailEncryption encryption, string password = "pass wörd", bool trusts = true) => new(
        new SmtpSettings
        {
            Host = "127.0.0.1",
            Port = int.Parse(server.Ready, System.Globalization.CultureInfo.InvariantCulture),
            Encryption = encryption,
            Username = "shop@example.com",
            Password = password,
            From = new MailAddress("Löwe & Söhne <no-reply@example.com>"),
        }, TimeProvider.System)
    {
        Trust = trusts ? (_, certificate, _, _) => (certificate as X509Certificate2)?.Thumbprint == _thumbprint : null,
    };

    static MailText Mail(string message = "hello") => new("notice-1", new MailAddress("Löwe & Söhne <no-reply@example.com>"), new MailAddress("a@b.example"),
        "[VM7] Created – größer, with a subject that is so long that it does not fit into one line 😀", message, TimeProvider.System.GetUtcNow());

    [Theory]
    [InlineData(MailEncryption.Implicit, "PLAIN")]
    [InlineData(MailEncryption.StartTls, "PLAIN")]
    [InlineData(MailEncryption.StartTls, "LOGIN")]
    public async Task An_email_arrives_encrypted_and_whole(MailEncryption encryption, string way)
    {
        await using var server = await Server(new JsonObject { ["secure"] = encryption == MailEncryption.Implicit, ["authMethods"] = new JsonArray(way) });
        var message = string.Join('\n', Enumerable.Range(0, 200).Select(i => $".line {i} <b>é 漢字</b> {new string('x', i)}")) + "\n.\nQUIT\n";
        await Client(server, encryption).Send(Mail(message), default);
        var mail = JsonNode.Parse((await server.Hear())!)!;
        Assert.True((bool)mail["secure"]!);
        Assert.Equal("shop", (string)mail["user"]!);
        Assert.Equal(("no-reply@example.com", "a@b.example"), ((string)mail["from"]!, (string)mail["to"]![0]!));
        Assert.Equal(Mail().Subject, (string)mail["subject"]!);
        Assert.Equal("\"Löwe & Söhne\" <no-reply@example.com>", (string)mail["fromHeader"]!);
        Assert.Equal(message.TrimEnd(), ((string)mail["text"]!).TrimEnd());
        Assert.Contains("&lt;b&gt;&#233; 漢字&lt;/b&gt;", (string)mail["html"]!, StringComparison.Ordinal);
        Assert.Equal("<notice-1@example.com>", (string)mail["messageId"]!);
        Assert.InRange((int)mail["longest"]!, 1, 998);
    }

    [Fact]
    public async Task Nothing_is_said_without_encryption_or_to_a_stranger()
    {
        await using var plain = await Server(new JsonObject { ["hideSTARTTLS"] = true });
        var refused = await Assert.ThrowsAsync<OutsideFault>(() => Client(plain, MailEncryption.StartTls).Send(Mail(), default));
        Assert.Contains("STARTTLS", refused.Message, StringComparison.Ordinal);
        await using var secure = await Server(new JsonObject { ["secure"] = true });
        Assert.True((await Assert.ThrowsAsync<OutsideFault>(() => Client(secure, MailEncryption.Implicit, trusts: false).Send(Mail(), default))).IsTransient);
    }

    [Fact]
    public async Task Refusals_are_passing_or_final_and_a_wrong_password_waits_for_the_operator()
    {
        await using var server = await Server(new JsonObject { ["secure"] = true });
        var wrong = await Assert.ThrowsAsync<OutsideFault>(() => Client(server, MailEncryption.Implicit, "secret2").Send(Mail(), default));
        Assert.True(wrong.IsTransient);
        Assert.DoesNotContain("secret2", wrong.ToString(), StringComparison.Ordinal);

        foreach (var (answer, transient) in new[] { ("550 no such user", false), ("450 try later", true) })
        {
            await server.Say(answer);
            Assert.Equal("\"ok\"", await server.Hear());
            var fault = await Assert.ThrowsAsync<OutsideFault>(() => Client(server, MailEncryption.Implicit).Send(Mail(), default));
            Assert.Equal((transient, true), (fault.IsTransient, fault.Message.Contains(answer, StringComparison.Ordinal)));
        }
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_a_passing_failure()
    {
        var settings = new SmtpSettings { Host = "127.0.0.1", Port = 1, Encryption = MailEncryption.None, Username = "u", Password = "p", From = new MailAddress("a@b.example") };
        Assert.True((await Assert.ThrowsAsync<OutsideFault>(() => new MailServer(settings, TimeProvider.System).Send(Mail(), default))).IsTransient);
    }
}
