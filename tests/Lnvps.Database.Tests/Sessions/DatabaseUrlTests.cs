using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Lnvps.Database.MariaDb;
using Lnvps.Database.Sessions;
using Lnvps.Database.Sqlite;

namespace Lnvps.Database.Tests.Sessions;

public sealed class DatabaseUrlTests
{
    [Fact]
    public void Chooses_the_dialect()
    {
        Assert.IsType<SqliteDialect>(DatabaseUrl.Parse("sqlite:/var/lib/lnvps/lnvps.db"));
        Assert.IsType<SqliteDialect>(DatabaseUrl.Parse("sqlite:data/a b.db"));
        Assert.IsType<MariaDbDialect>(DatabaseUrl.Parse("mysql://root:root@localhost:3376/lnvps"));
    }

    [Fact]
    public void Takes_every_part()
    {
        var options = MariaDbOptions.Parse(
            "mysql://lnv%40ps:p%40ss%3A%2F%3F%25%C3%A9+@db.example:3376/na%2Fme?ssl-mode=VERIFY_IDENTITY&ssl-ca=%2Fetc%2Fca.pem&ssl-cert=c.pem&ssl-key=k.pem"
            + "&socket=/run/m.sock&charset=utf8&unknown=1&statement-cache-capacity=7&pool-size=3&pool-wait=4&connect-timeout=5&command-timeout=0");
        Assert.Equal(("lnv@ps", "p@ss:/?%é+", "db.example", 3376u, "na/me"), (options.User, options.Password, options.Host, options.Port, options.Database));
        Assert.Equal((TlsMode.VerifyIdentity, "/etc/ca.pem", "c.pem", "k.pem"), (options.Tls, options.TlsCa, options.TlsCertificate, options.TlsKey));
        Assert.Equal(("/run/m.sock", 7, 3), (options.Socket, options.StatementCacheCapacity, options.PoolSize));
        Assert.Equal((4.0, 5.0, 0.0), (options.PoolWait.TotalSeconds, options.ConnectTimeout.TotalSeconds, options.CommandTimeout.TotalSeconds));
        Assert.Equal("mysql://lnv%40ps@db.example:3376/na%2Fme", options.ToString());
    }

    [Fact]
    public void Fills_in_what_is_left_out()
    {
        var options = MariaDbOptions.Parse("MYSQL://root@[::1]/lnvps");
        Assert.Equal(("root", "", "::1", 3306u, "lnvps"), (options.User, options.Password, options.Host, options.Port, options.Database));
        Assert.Equal((TlsMode.Preferred, null, 32, 100), (options.Tls, options.Socket, options.PoolSize, options.StatementCacheCapacity));
        Assert.Equal("localhost", MariaDbOptions.Parse("mysql://root@/lnvps?socket=/run/mysqld/mysqld.sock").Host);
        Assert.Equal("p@ss", MariaDbOptions.Parse("mysql://root:p@ss@host/lnvps").Password);
    }

    [Theory]
    [InlineData("", "mysql://user:password@host:port/name or sqlite:PATH")]
    [InlineData("postgres://u:geheim@h/d", "mysql://user:password@host:port/name or sqlite:PATH")]
    [InlineData("sqlite:", "names no file")]
    [InlineData("sqlite: ", "names no file")]
    [InlineData("sqlite::memory:", "must name a file")]
    [InlineData("mysql://", "names no user")]
    [InlineData("mysql://host/name", "names no user")]
    [InlineData("mysql://:geheim@host/name", "names no user")]
    [InlineData("mysql://u:geheim@host", "names no database")]
    [InlineData("mysql://u:geheim@host/", "names no database")]
    [InlineData("mysql://u:geheim@/name", "names no host")]
    [InlineData("mysql://u:geheim@host:0/name", "port that is not a number")]
    [InlineData("mysql://u:geheim@host:65536/name", "port that is not a number")]
    [InlineData("mysql://u:geheim@host:-1/name", "port that is not a number")]
    [InlineData("mysql://u:ge/heim@host:1/name", "names no user")]
    [InlineData("mysql://u@u:geheim/heim@host/name", "port that is not a number")]
    [InlineData("mysql://u:geheim%@host/name", "% in its password")]
    [InlineData("mysql://u:geheim%g0@host/name", "% in its password")]
    [InlineData("mysql://u:geheim%ff@host/name", "not UTF-8")]
    [InlineData("mysql://u:geheim%00@host/name", "zero byte")]
    [InlineData("mysql://u:geheim@[::1/name", "closing bracket")]
    [InlineData("mysql://u:geheim@[::1]x/name", "between host and port")]
    [InlineData("mysql://u:geheim@h/n?ssl-mode=yes", "ssl-mode")]
    [InlineData("mysql://u:geheim@h/n?pool-size=0", "pool-size")]
    [InlineData("mysql://u:geheim@h/n?pool-size=x", "pool-size")]
    [InlineData("mysql://u:geheim@h/n?ssl-cert=a", "ssl-cert and ssl-key together")]
    public void Says_what_is_wrong_and_never_the_password(string url, string reason)
    {
        var error = Assert.Throws<FormatException>(() => DatabaseUrl.Parse(url));
        Assert.Contains(reason, error.Message);
        Assert.DoesNotContain("geheim", error.ToString());
    }

    [Fact]
    public void What_is_escaped_comes_back()
    {
        Prop.ForAll<NonEmptyString, NonNull<string>, NonEmptyString>((user, password, database) =>
        {
            if ((user.Get + password.Get + database.Get).Any(letter => letter == '\0' || char.IsSurrogate(letter)))
                return true;
            var options = MariaDbOptions.Parse(
                $"mysql://{Uri.EscapeDataString(user.Get)}:{Uri.EscapeDataString(password.Get)}@h:1/{Uri.EscapeDataString(database.Get)}?x={Uri.EscapeDataString(password.Get)}");
            return (options.User, options.Password, options.Database) == (user.Get, password.Get, database.Get);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Noise_is_refused_or_taken_and_nothing_else()
    {
        const string alphabet = "ab1:@/?#%[]&=+ é.-\0";
        string[] heads = ["sqlite:", "mysql://", "mysql://u:SECRET", "mysql://u:SECRET@"];
        var random = new Random(20260219);
        var text = new StringBuilder();
        for (var round = 0; round < 20_000; round++)
        {
            text.Clear().Append(heads[random.Next(heads.Length)]);
            for (var length = random.Next(30); length > 0; length--)
                text.Append(alphabet[random.Next(alphabet.Length)]);
            if (DatabaseUrl.TryParse(text.ToString(), out var dialect, out var problem))
                Assert.NotNull(dialect);
            else
                Assert.DoesNotContain("SECRET", problem);
        }
    }
}
