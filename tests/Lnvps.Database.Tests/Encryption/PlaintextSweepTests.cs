using Lnvps.Database.Encryption;
using Lnvps.Database.Sessions;
using Lnvps.Testing.Databases;

namespace Lnvps.Database.Tests.Encryption;

public class PlaintextSweepTests
{
    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task Old_plaintext_is_encrypted_once_and_everything_else_left_alone(DatabaseKind kind)
    {
        await using var database = await TestDatabases.Create(kind);
        var db = database.Db;
        var done = db.Cipher.Seal("done already").Stored;
        await using var session = await db.Open(default);
        string?[] emails = ["a@b.example", null, done, "enc:lower case is plaintext", "ENC1:630dcd29:broken but encrypted", "ENC is no prefix", "zoë@b.example"];
        for (var i = 0; i < emails.Length; i++)
            await AddUser(session, i, emails[i]);
        await session.Execute("INSERT INTO router (name, enabled, kind, url, token) VALUES ('r', 1, 0, 'https://r', 'user:pass'), ('r', 1, 0, 'https://r', '')");

        Assert.Equal(5, await db.EncryptOldPlaintext(default));
        Assert.Equal(0, await db.EncryptOldPlaintext(default));

        var stored = await session.List<string?>("SELECT email FROM users ORDER BY id");
        foreach (var i in new[] { 1, 2, 4 })
            Assert.Equal(emails[i], stored[i]);
        foreach (var i in new[] { 0, 3, 5, 6 })
        {
            Assert.StartsWith("ENC:", stored[i], StringComparison.Ordinal);
            Assert.Equal(emails[i], db.Cipher.Open(SealedText.FromStored(stored[i]!)));
        }
        Assert.Equal(["user:pass", ""], (await session.List<Router>("SELECT token FROM router ORDER BY id")).Select(row => db.Cipher.Open(row.Token)));
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task More_rows_than_one_batch_are_swept(DatabaseKind kind)
    {
        await using var database = await TestDatabases.Create(kind);
        await database.Db.Write(async session =>
        {
            for (var i = 0; i < 1203; i++)
                await AddUser(session, i, $"{i}@b.example");
        }, default);
        Assert.Equal(1203, await database.Db.EncryptOldPlaintext(default));
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task Without_key_nothing_happens(DatabaseKind kind)
    {
        await using var database = await TestDatabases.Create(kind, FieldCipher.Off);
        await using var session = await database.Db.Open(default);
        await AddUser(session, 1, "a@b.example");
        Assert.Equal(0, await database.Db.EncryptOldPlaintext(default));
        Assert.Equal(["a@b.example"], await session.List<string>("SELECT email FROM users"));
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task Sealed_columns_survive_writing_and_reading(DatabaseKind kind)
    {
        await using var database = await TestDatabases.Create(kind);
        await using var session = await database.Db.Open(default);
        var email = database.Db.Cipher.Seal("a@b.example");
        SealedText? none = null;
        await session.Execute("INSERT INTO users (pubkey, email, nwc_connection_string, contact_nip17, contact_email) VALUES (@key, @email, @none, 1, 0)",
            new { key = new byte[32], email, none });
        var user = await session.Find<User>("SELECT email, nwc_connection_string FROM users");
        Assert.Equal(email, user!.Email);
        Assert.Null(user.NwcConnectionString);
    }

    static Task<int> AddUser(Session session, int number, string? email) =>
        session.Execute("INSERT INTO users (pubkey, email, contact_nip17, contact_email) VALUES (@key, @email, 1, 0)",
            new { key = BitConverter.GetBytes(number).Concat(new byte[28]).ToArray(), email });

    sealed record Router
    {
        public SealedText Token { get; init; }
    }

    sealed record User
    {
        public SealedText? Email { get; init; }
        public SealedText? NwcConnectionString { get; init; }
    }
}
