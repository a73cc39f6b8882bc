using Lnvps.Api.Http;
using Lnvps.Api.Http.Repetition;
using Lnvps.Core.Accounts;
using Lnvps.Core.Outcomes;
using Lnvps.Database.Users;
using Lnvps.Platform;
using Lnvps.Platform.Taxes;
using Lnvps.Platform.Wallets;

namespace Lnvps.Api.Accounts;

/// <summary>
/// PATCH /api/v1/account: any subset of the account. Everything is checked before anything is stored. The VAT number and the wallet can be sent back
/// unchanged (clients save the whole object); changing them comes with the checks they need.
/// </summary>
sealed class ChangeAccount(Shop shop, VatRegister register, WalletAccess wallets)
{
    const int LongestWallet = 4096;

    public void Map(Routes routes) => routes.Patch("/api/v1/account", Access.CustomerOnce, Handle, Repeatable.Always)
        .Summary("Change the account", "Any part of it; what GET answered can be sent back. A tax id and a wallet are checked when they change.")
        .OptionalBody(ApiJson.Wire.AccountChange)
        .Errors(ErrorCode.InvalidValue, ErrorCode.InvalidTaxId, ErrorCode.TaxIdNotChecked, ErrorCode.ChangedMeanwhile, ErrorCode.NotFound);

    async Task<Refusal?> Handle(Call call)
    {
        var caller = call.Caller;
        var change = await call.OptionalBody(ApiJson.Wire.AccountChange);
        if (change is null)
            return null;
        // Others are asked before the transaction, which must not wait for them; whatever was checked is stored only if all is well.
        var present = await shop.Db.Read(session => session.FindUser(caller, call.Stop), call.Stop);
        var planned = Plan(present, change);
        if (!planned.IsOk)
            return planned.Refusal;
        if (planned.Value.Row.BillingTaxId is { } taxId && taxId != present!.BillingTaxId && await register.Check(taxId, call.Stop) is { } notValid)
            return notValid;
        if (planned.Value.NewWallet is { } wallet && await wallets.Check(wallet, call.Stop) is { } notUsable)
            return notUsable;
        return await shop.Db.Write(async session =>
        {
            var decided = Plan(await session.FindUser(caller, call.Stop), change);
            if (!decided.IsOk)
                return decided.Refusal;
            // Another request stored something else meanwhile, and this one would store what nobody checked: what is unchanged needs no check.
            if (decided.Value.Row.BillingTaxId != planned.Value.Row.BillingTaxId || decided.Value.NewWallet != planned.Value.NewWallet)
                return Refusal.Because(ErrorCode.ChangedMeanwhile, "The account was changed at the same time, please try again");
            await session.UpdateAccount(decided.Value.Row, call.Stop);
            return null;
        }, call.Stop);
    }

    /// <summary>The row as it will be stored, and a wallet that is to be checked before, in clear.</summary>
    Result<(UserRow Row, string? NewWallet)> Plan(UserRow? user, AccountChange change)
    {
        if (user is null)
            return Refusal.NotFound("Account not found");
        var facts = new AccountFacts(user, GetAccount.Open(shop.Db, user.Email), GetAccount.Open(shop.Db, user.NwcConnectionString));
        var decided = Decide(facts, change);
        if (!decided.IsOk)
            return decided.Refusal;
        // What did not change keeps its stored text, also one that could not be decrypted.
        var (row, email, wallet) = decided.Value;
        if (change.Email.IsPresent && email != facts.Email)
            row = row with { Email = shop.Db.Cipher.SealOrNull(email) };
        var isNewWallet = change.NwcConnectionString.IsPresent && wallet != facts.Wallet;
        if (isNewWallet)
            row = row with { NwcConnectionString = shop.Db.Cipher.SealOrNull(wallet) };
        return (row, isNewWallet ? wallet : null);
    }

    /// <summary>The stored row with its two secrets in clear.</summary>
    internal sealed record AccountFacts(UserRow Row, string? Email, string? Wallet);

    /// <summary>The row after the change (its e-mail and wallet still the old ones), e-mail and wallet in clear, or the first rule that is broken.</summary>
    internal static Result<(UserRow Row, string? Email, string? Wallet)> Decide(AccountFacts facts, AccountChange change)
    {
        var row = facts.Row;
        var fields = new FieldReader();
        var email = fields.Read(change.Email, facts.Email, AccountFields.Email);
        var changed = row with
        {
            ContactNip17 = change.ContactNip17 ?? row.ContactNip17,
            ContactEmail = change.ContactEmail ?? row.ContactEmail,
            CountryCode = fields.Read(change.CountryCode, row.CountryCode, AccountFields.CountryCode),
            BillingName = fields.Read(change.Name, row.BillingName, Text("name", AccountFields.LongLine)),
            BillingAddress1 = fields.Read(change.Address1, row.BillingAddress1, Text("address_1", AccountFields.LongLine)),
            BillingAddress2 = fields.Read(change.Address2, row.BillingAddress2, Text("address_2", AccountFields.LongLine)),
            BillingCity = fields.Read(change.City, row.BillingCity, Text("city", AccountFields.Line)),
            BillingState = fields.Read(change.State, row.BillingState, Text("state", AccountFields.Line)),
            BillingPostcode = fields.Read(change.Postcode, row.BillingPostcode, Text("postcode", AccountFields.ShortLine)),
            BillingTaxId = fields.Read(change.TaxId, row.BillingTaxId, Text("tax_id", AccountFields.ShortLine)),
        };
        var wallet = fields.Read(change.NwcConnectionString, facts.Wallet, Text("nwc_connection_string", LongestWallet));
        if (fields.First is { } refusal)
            return refusal;
        // An old account that is notified by e-mail without having one can still save other fields.
        var touchesContact = change.ContactEmail is not null || change.Email.IsPresent;
        var wasBroken = row.ContactEmail && facts.Email is null;
        if (touchesContact && changed.ContactEmail && email is null && !wasBroken)
            return Refusal.Invalid("contact_email needs an email");
        return (changed, email, wallet);
    }

    static Func<string?, Result<string?>> Text(string field, int longest) => value => AccountFields.Text(field, value, longest);

    /// <summary>Reads fields one by one and keeps the first refusal.</summary>
    sealed class FieldReader
    {
        public Refusal? First { get; private set; }

        /// <summary>Absent: the present value, unchecked; the client may not know the field.</summary>
        public string? Read(Optional<string> change, string? present, Func<string?, Result<string?>> rule)
        {
            if (!change.IsPresent || change.Value == present)
                return present;
            var result = rule(change.Value);
            First ??= result.Refusal;
            return result.IsOk ? result.Value : present;
        }
    }
}
