using Lnvps.Api.Http;
using Lnvps.Core.Outcomes;
using Lnvps.Database.Encryption;
using Lnvps.Database.Sessions;
using Lnvps.Database.Users;
using Lnvps.Platform;

namespace Lnvps.Api.Accounts;

/// <summary>GET /api/v1/account: the caller's own data. A field that cannot be decrypted shows as empty and is left alone in the database.</summary>
sealed class GetAccount(Shop shop)
{
    public void Map(Routes routes) => routes.Get("/api/v1/account", Access.Customer, ApiJson.Wire.AccountView, Handle)
        .Summary("The own account").Errors(ErrorCode.NotFound);

    async Task<Result<AccountView>> Handle(Call call)
    {
        var caller = call.Caller;
        var user = await shop.Db.Read(session => session.FindUser(caller, call.Stop), call.Stop);
        return user is null ? Refusal.NotFound("Account not found") : View(user, shop.Db);
    }

    static AccountView View(UserRow user, Db db) => new(
        Open(db, user.Email),
        user.ContactNip17,
        user.ContactEmail,
        user.CountryCode,
        user.BillingName,
        user.BillingAddress1,
        user.BillingAddress2,
        user.BillingState,
        user.BillingCity,
        user.BillingPostcode,
        user.BillingTaxId,
        Open(db, user.NwcConnectionString));

    internal static string? Open(Db db, SealedText? stored) => stored is { } value && db.Cipher.TryOpen(value, out var text) ? text : null;
}
