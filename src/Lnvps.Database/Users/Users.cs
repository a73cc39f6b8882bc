using System.Data.Common;
using Lnvps.Core.Identity;
using Lnvps.Core.Time;
using Lnvps.Database.Encryption;
using Lnvps.Database.Sessions;

namespace Lnvps.Database.Users;

/// <summary>A row of <c>users</c>. <see cref="Email"/> and <see cref="NwcConnectionString"/> are encrypted when a key is loaded.</summary>
public sealed record UserRow
{
    public UserId Id { get; init; }
    public PublicKey Pubkey { get; init; }
    public Instant Created { get; init; }
    public SealedText? Email { get; init; }
    public bool ContactNip17 { get; init; }
    public bool ContactEmail { get; init; }
    public string? CountryCode { get; init; }
    public string? BillingName { get; init; }
    public string? BillingAddress1 { get; init; }
    public string? BillingAddress2 { get; init; }
    public string? BillingCity { get; init; }
    public string? BillingState { get; init; }
    public string? BillingPostcode { get; init; }
    public string? BillingTaxId { get; init; }
    public SealedText? NwcConnectionString { get; init; }
}

/// <summary>Queries of customers (data-model.md section 7.5).</summary>
public static class Users
{
    // The two digits would stay behind an underscore-insensitive match of billing_address_1 to BillingAddress1, which Dapper does.
    const string Columns = """
        id, pubkey, created, email, contact_nip17, contact_email, country_code, billing_name, billing_address_1, billing_address_2,
        billing_city, billing_state, billing_postcode, billing_tax_id, nwc_connection_string
        """;

    public static Task<UserRow?> FindUser(this Session session, UserId id, CancellationToken stop) =>
        session.Find<UserRow>($"SELECT {Columns} FROM users WHERE id = @id", new { id }, stop);

    public static Task<UserId?> FindUserId(this Session session, PublicKey pubkey, CancellationToken stop) =>
        session.Find<UserId?>("SELECT id FROM users WHERE pubkey = @pubkey", new { pubkey }, stop);

    /// <summary>
    /// The user of this key, made when absent: exactly one row per key however many requests arrive at once. Looks up first, so that the usual call
    /// writes nothing and burns no id.
    /// </summary>
    public static async Task<UserId> FindOrCreateUser(this Session session, PublicKey pubkey, Instant now, CancellationToken stop)
    {
        if (await session.FindUserId(pubkey, stop) is { } known)
            return known;
        try
        {
            return new UserId(await session.Insert(
                "INSERT INTO users (pubkey, created, contact_nip17, contact_email) VALUES (@pubkey, @now, 1, 0)", new { pubkey, now }, stop));
        }
        catch (DbException error) when (session.Dialect.IsDuplicateKey(error))
        {
            return await session.FindUserId(pubkey, stop) ?? throw new InvalidOperationException("A user vanished between two statements", error);
        }
    }

    /// <summary>Gives a customer a country, unless they have one.</summary>
    public static Task SetCountryIfUnknown(this Session session, UserId id, string alpha3, CancellationToken stop) =>
        session.Execute("UPDATE users SET country_code = @alpha3 WHERE id = @id AND country_code IS NULL", new { id, alpha3 }, stop);

    /// <summary>Writes the editable columns of an account, and only those; pubkey and created never change.</summary>
    public static Task UpdateAccount(this Session session, UserRow user, CancellationToken stop) =>
        session.Execute("""
            UPDATE users SET email = @Email, contact_nip17 = @ContactNip17, contact_email = @ContactEmail, country_code = @CountryCode,
                billing_name = @BillingName, billing_address_1 = @BillingAddress1, billing_address_2 = @BillingAddress2, billing_city = @BillingCity,
                billing_state = @BillingState, billing_postcode = @BillingPostcode, billing_tax_id = @BillingTaxId,
                nwc_connection_string = @NwcConnectionString
            WHERE id = @Id
            """, user, stop);
}
