using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Lnvps.Database.MariaDb;
using Lnvps.Testing.Servers;

namespace Lnvps.Database.Tests.MariaDb;

/// <summary>A server with a certificate of an authority of our own, for <c>localhost</c> only.</summary>
public sealed class TlsServer : IAsyncLifetime
{
    readonly string _folder = Directory.CreateTempSubdirectory("lnvps-tls-").FullName;
    MariaDbServer? _server;

    public string File(string name) => Path.Combine(_folder, name);

    /// <summary>The URL with a host, a mode and further query.</summary>
    public string Url(string host, string mode, string query = "", string user = "") =>
        (_server!.Url("secure").Replace("@127.0.0.1:", $"@{host}:") + $"?ssl-mode={mode}{query}").Replace("//lnvps:", user.Length == 0 ? "//lnvps:" : $"//{user}:");

    public async Task InitializeAsync()
    {
        using var authority = Authority("ca");
        using var stranger = Authority("stranger");
        Certificate(authority, "server", "localhost");
        Certificate(authority, "client", "client");
        _server = await MariaDbServer.Start($"--ssl-ca={File("ca.pem")}", $"--ssl-cert={File("server.pem")}", $"--ssl-key={File("server-key.pem")}");
        await _server.Execute($"CREATE DATABASE secure; CREATE USER certified@'%' IDENTIFIED BY '{MariaDbServer.Password}' REQUIRE X509; GRANT ALL ON secure.* TO certified@'%'");
    }

    public async Task DisposeAsync()
    {
        await _server!.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    X509Certificate2 Authority(string name)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        var certificate = request.CreateSelfSigned(Yesterday, Yesterday.AddDays(3));
        System.IO.File.WriteAllText(File($"{name}.pem"), certificate.ExportCertificatePem());
        return certificate;
    }

    void Certificate(X509Certificate2 authority, string name, string host)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest($"CN={host}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(host);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.Create(authority, Yesterday, Yesterday.AddDays(2), Encoding.ASCII.GetBytes(name));
        System.IO.File.WriteAllText(File($"{name}.pem"), certificate.ExportCertificatePem());
        System.IO.File.WriteAllText(File($"{name}-key.pem"), key.ExportPkcs8PrivateKeyPem());
    }

    static DateTimeOffset Yesterday { get; } = TimeProvider.System.GetUtcNow().AddDays(-1);
}

[Trait("Speed", "slow")]
public sealed class TlsTests(TlsServer server, Scratch plain) : IClassFixture<TlsServer>, IClassFixture<Scratch>
{
    string Ca => $"&ssl-ca={server.File("ca.pem")}";

    [Theory]
    [InlineData("DISABLED", false)]
    [InlineData("PREFERRED", true)]
    [InlineData("REQUIRED", true)]
    public async Task The_mode_decides_about_encryption(string mode, bool isEncrypted)
    {
        await using var connection = new MariaDbConnection(server.Url("127.0.0.1", mode));
        await connection.OpenAsync();
        Assert.Equal(isEncrypted, connection.IsEncrypted);
        await using var command = connection.Command("SHOW SESSION STATUS LIKE 'Ssl_cipher'");
        await using var reader = await command.ExecuteReaderAsync();
        Assert.True(await reader.ReadAsync());
        Assert.Equal(isEncrypted, reader.GetString(1).Length > 0);
    }

    [Fact]
    public async Task An_encrypted_connection_carries_much_and_survives_cancellation()
    {
        await using var connection = new MariaDbConnection(server.Url("127.0.0.1", "REQUIRED"));
        await connection.OpenAsync();
        var text = new string('é', 1_000_000);
        Assert.Equal(text, await connection.Scalar("SELECT @t", ("t", text)));
        await using var command = connection.Command("SELECT SLEEP(30)");
        using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => command.ExecuteScalarAsync(stop.Token));
        Assert.Equal(1, await connection.Scalar("SELECT 1"));
        await connection.CloseAsync();
        await connection.OpenAsync();
        Assert.Equal(1, await connection.Scalar("SELECT 1"));
    }

    [Fact]
    public async Task Verification_takes_the_right_authority_and_name()
    {
        await Opens(server.Url("127.0.0.1", "VERIFY_CA", Ca));
        await Opens(server.Url("localhost", "VERIFY_CA", Ca));
        await Opens(server.Url("localhost", "VERIFY_IDENTITY", Ca));
    }

    [Fact]
    public async Task Verification_refuses_a_strange_authority_and_a_wrong_name()
    {
        var stranger = $"&ssl-ca={server.File("stranger.pem")}";
        await Refuses(server.Url("localhost", "VERIFY_CA", stranger));
        await Refuses(server.Url("localhost", "VERIFY_IDENTITY", stranger));
        await Refuses(server.Url("127.0.0.1", "VERIFY_IDENTITY", Ca));
        // The authorities of the system do not know ours.
        await Refuses(server.Url("localhost", "VERIFY_CA"));
        await Refuses(server.Url("localhost", "VERIFY_IDENTITY"));
        await Refuses(server.Url("localhost", "VERIFY_CA", $"&ssl-ca={server.File("missing.pem")}"));
    }

    [Fact]
    public async Task A_client_certificate_is_presented()
    {
        var own = $"&ssl-cert={server.File("client.pem")}&ssl-key={server.File("client-key.pem")}";
        await Opens(server.Url("localhost", "VERIFY_IDENTITY", Ca + own, "certified"));
        await Opens(server.Url("localhost", "REQUIRED", own, "certified"));
        var error = await Refuses(server.Url("localhost", "REQUIRED", "", "certified"));
        Assert.Equal(1045, error.ErrorCode);
    }

    [Theory]
    [InlineData("REQUIRED")]
    [InlineData("VERIFY_CA")]
    [InlineData("VERIFY_IDENTITY")]
    public async Task A_server_without_tls_is_refused_where_it_is_demanded(string mode)
    {
        await Refuses(plain.Url + $"?ssl-mode={mode}{Ca}");
        await Opens(plain.Url + "?ssl-mode=PREFERRED");
    }

    [Fact]
    public async Task A_unix_socket_needs_no_host()
    {
        var shared = await MariaDbServer.Shared;
        await using var connection = new MariaDbConnection($"mysql://{MariaDbServer.User}:{Uri.EscapeDataString(MariaDbServer.Password)}@/mysql?socket={Uri.EscapeDataString(shared.Socket)}");
        await connection.OpenAsync();
        Assert.Equal(1, await connection.Scalar("SELECT 1"));
        Assert.Equal(shared.Socket, connection.DataSource);
    }

    /// <summary>Without a password: the server asks the kernel who is at the other end of the socket.</summary>
    [Fact]
    public async Task A_unix_socket_signs_in_as_the_user_of_the_process()
    {
        await using var own = await MariaDbServer.Start();
        await own.Execute($"CREATE USER `{Environment.UserName}`@localhost IDENTIFIED VIA unix_socket".Replace("CREATE USER `root`@localhost", "ALTER USER root@localhost"));
        await using var connection = new MariaDbConnection($"mysql://{Environment.UserName}@/mysql?socket={Uri.EscapeDataString(own.Socket)}");
        await connection.OpenAsync();
        Assert.Equal(1, await connection.Scalar("SELECT 1"));
    }

    [Fact]
    public async Task Ed25519_accounts_sign_in()
    {
        var shared = await MariaDbServer.Shared;
        await shared.Execute(
            """
            INSTALL SONAME 'auth_ed25519';
            CREATE USER modern@'%' IDENTIFIED VIA ed25519 USING PASSWORD('geheim');
            GRANT ALL ON test_modern.* TO modern@'%'; CREATE DATABASE test_modern;
            """);
        await Opens($"mysql://modern:geheim@127.0.0.1:{shared.Port}/test_modern");
    }

    static async Task Opens(string url)
    {
        await using var connection = new MariaDbConnection(url);
        await connection.OpenAsync();
        Assert.Equal(1, await connection.Scalar("SELECT 1"));
    }

    static async Task<MariaDbException> Refuses(string url)
    {
        await using var connection = new MariaDbConnection(url);
        var error = await Assert.ThrowsAsync<MariaDbException>(() => connection.OpenAsync());
        Assert.DoesNotContain(MariaDbServer.Password, error.ToString());
        Assert.False(error.IsTransient);
        return error;
    }
}
