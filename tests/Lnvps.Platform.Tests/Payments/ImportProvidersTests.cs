using Lnvps.Core.Payments;
using Lnvps.Database.Companies;
using Lnvps.Platform.Configuration;
using Lnvps.Platform.Payments.Providers;
using Lnvps.Platform.Payments.Revolut;
using Lnvps.Platform.Tests.Worker;
using Lnvps.Testing.Databases;

namespace Lnvps.Platform.Tests.Payments;

/// <summary>The configuration file's providers go into the table once per method (billing.md section 9.3).</summary>
public class ImportProvidersTests
{
    const string Lnd = """lnd: {url: "https://127.0.0.1:10003", cert: /etc/lnd/tls.cert, macaroon: /etc/lnd/admin.macaroon}""";
    const string Card = "revolut: {token: sk_1, api-version: 2024-09-01, public-key: pk_1}";

    static Settings Read(string lightning, string more = "") => Settings.Read(SettingsNode.Parse("test.yaml", $$"""
        db: "sqlite:test.db"
        public-url: "http://127.0.0.1:8000"
        listen: "127.0.0.1:8000"
        lightning: { {{lightning}} }
        provisioner:
        {{more}}
        """));

    static Task<int> Run(TestDatabase database, Settings settings) => ImportProviders.Run(database.Db, settings, WorkerRig.Noon, default);

    static Task<List<PaymentProviderRow>> Rows(TestDatabase database, PaymentMethod method) => database.Db.Read(session => session.ListProviders(method, default), default);

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task Each_method_is_imported_once_also_by_processes_that_start_together(DatabaseKind kind)
    {
        await using var database = await TestDatabases.Create(kind);
        Assert.Equal(1, await Run(database, Read(Lnd)));

        var made = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => Run(database, Read(Lnd, Card)))));
        Assert.Equal(1, made.Sum());

        var node = Assert.Single(await Rows(database, PaymentMethod.Lightning));
        Assert.Equal(("LND Node", true, "lnd", 1u), (node.Name, node.Enabled, node.ProviderType, node.CompanyId.Value));
        Assert.Equal("""{"type":"lnd","url":"https://127.0.0.1:10003","cert_path":"/etc/lnd/tls.cert","macaroon_path":"/etc/lnd/admin.macaroon"}""", node.Config);
        var card = Assert.Single(await Rows(database, PaymentMethod.Revolut));
        Assert.Equal(("Revolut", "revolut", null, null), (card.Name, card.ProviderType, card.ProcessingFeeRate, card.ProcessingFeeBase));
        Assert.Equal("""{"type":"revolut","url":"https://merchant.revolut.com","token":"sk_1","api_version":"2024-09-01","public_key":"pk_1"}""", card.Config);
    }

    [Fact]
    public async Task Afterwards_the_table_wins_also_with_a_disabled_row()
    {
        await using var database = await TestDatabases.Create(DatabaseKind.Sqlite);
        await Run(database, Read("dev: {}", Card));
        await database.Db.Write(session => session.Execute("UPDATE payment_method_config SET enabled = 0, name = 'mine'"), default);

        Assert.Equal(0, await Run(database, Read("dev: {}", Card.Replace("sk_1", "sk_2", StringComparison.Ordinal))));

        Assert.Equal("mine", Assert.Single(await Rows(database, PaymentMethod.Revolut)).Name);
        Assert.Empty(await Rows(database, PaymentMethod.Lightning));
    }

    [Fact]
    public async Task The_node_is_that_of_the_first_company_in_force_and_that_of_the_file_without_rows()
    {
        await using var database = await TestDatabases.Create(DatabaseKind.Sqlite);
        var file = new LightningSettings.Lnd(new Uri("https://file:1"), "/file/cert", "/file/macaroon");
        Assert.Equal("https://file:1/", await Chosen());
        await Insert("""{"type":"bitvora","token":"x","webhook_secret":"y"}""", enabled: true);
        Assert.Equal("https://file:1/", await Chosen());
        await database.Db.Write(session => session.Execute("UPDATE payment_method_config SET enabled = 0"), default);
        Assert.Null(await Obstacle());
        await Insert("""{"type":"lnd","url":"https://off:1","cert_path":"/c","macaroon_path":"/m"}""", enabled: false);
        Assert.Equal("https://off:1/", await Chosen());
        await Insert("""{"type":"lnd","url":"https://on:1","cert_path":"/c","macaroon_path":"/m"}""", enabled: true);
        Assert.Equal("https://on:1/", await Chosen());
        Assert.Null(await Obstacle());
        await database.Db.Write(session => session.Execute("UPDATE payment_method_config SET enabled = 0"), default);
        Assert.Equal("Lightning not configured", await Obstacle());

        async Task<string> Chosen() => (await NodeAccount.Choose(database.Db, file, default)).Url.AbsoluteUri;

        async Task<string?> Obstacle() => (await database.Db.Read(session => NodeAccount.Obstacle(session, new(1), default), default))?.Message;

        Task Insert(string config, bool enabled) => database.Db.Write(session => session.InsertProvider(
            new PaymentProviderRow { CompanyId = new(1), PaymentMethod = PaymentMethod.Lightning, Name = "x", Enabled = enabled, ProviderType = "lnd", Config = config },
            WorkerRig.Noon, default), default);
    }

    [Fact]
    public async Task Without_a_company_it_waits_for_the_next_start()
    {
        await using var database = await TestDatabases.Create(DatabaseKind.Sqlite);
        await database.Db.Write(session => session.Execute("DELETE FROM company"), default);
        Assert.Equal(0, await Run(database, Read(Lnd, Card)));
        await database.Db.Write(session => session.Execute("INSERT INTO company (id, name, email) VALUES (7, 'x', ''), (9, 'y', '')"), default);
        Assert.Equal(2, await Run(database, Read(Lnd, Card)));
        Assert.Equal(7u, (await Rows(database, PaymentMethod.Revolut))[0].CompanyId.Value);
    }

    [Fact]
    public async Task A_company_uses_its_first_enabled_row_and_the_file_only_without_rows()
    {
        await using var database = await TestDatabases.Create(DatabaseKind.Sqlite);
        var accounts = new RevolutAccounts(Read("dev: {}", Card).Revolut);
        await database.Db.Write(session => session.Execute("INSERT INTO company (id, name, email) VALUES (2, 'two', '')"), default);
        await Insert(1, enabled: false, "sk_a");
        await Insert(1, enabled: true, "sk_b");
        await Insert(1, enabled: true, "sk_c");

        Assert.Equal("sk_b", await TokenOf(1));
        Assert.Equal("sk_1", await TokenOf(2));
        Assert.Equal(["sk_b", "sk_c", "sk_a"], await KnownTo(1));
        Assert.Equal(["sk_1"], await KnownTo(2));

        await database.Db.Write(session => session.Execute("UPDATE payment_method_config SET enabled = 0"), default);
        Assert.Equal("Revolut not configured", await TokenOf(1));
        Assert.Equal("sk_1", await TokenOf(2));
        Assert.Equal(["sk_a", "sk_b", "sk_c"], await KnownTo(1));

        async Task<string> TokenOf(uint company)
        {
            var account = await database.Db.Read(session => accounts.ForNew(session, new(company), default), default);
            return account.IsOk ? account.Value.Token : account.Refusal.Message;
        }

        async Task<IEnumerable<string>> KnownTo(uint company) =>
            (await database.Db.Read(session => accounts.OfCompany(session, new(company), default), default)).Select(account => account.Token);

        Task Insert(uint company, bool enabled, string token) => database.Db.Write(session => session.InsertProvider(
            new PaymentProviderRow
            {
                CompanyId = new(company),
                PaymentMethod = PaymentMethod.Revolut,
                Name = token,
                Enabled = enabled,
                ProviderType = "revolut",
                Config = $$"""{"type":"revolut","token":"{{token}}","api_version":"2024-09-01","public_key":"pk"}""",
            },
            WorkerRig.Noon, default), default);
    }
}
