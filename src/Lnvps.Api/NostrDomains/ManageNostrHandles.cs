using System.Data.Common;
using Lnvps.Api.Http;
using Lnvps.Core.Identity;
using Lnvps.Core.Network;
using Lnvps.Core.Outcomes;
using Lnvps.Database.NostrDomains;
using Lnvps.Nostr.Encodings;
using Lnvps.Nostr.Keys;
using Lnvps.Platform;

namespace Lnvps.Api.NostrDomains;

/// <summary>/api/v1/nostr/domain/{dom}/handle: names at a domain of the caller, and the keys they stand for.</summary>
sealed class ManageNostrHandles(Shop shop)
{
    public void Map(Routes routes)
    {
        routes.Get("/api/v1/nostr/domain/{dom}/handle", Access.Customer, ApiJson.Wire.ListNostrHandleView, All).Summary("Names at a domain");
        routes.Post("/api/v1/nostr/domain/{dom}/handle", Access.CustomerOnce, ApiJson.Wire.NostrHandleView, Add)
            .Summary("Add a name").Body(ApiJson.Wire.NewNostrHandle).Errors(ErrorCode.InvalidValue, ErrorCode.Conflict);
        routes.Delete("/api/v1/nostr/domain/{dom}/handle/{handle}", Access.CustomerOnce, Remove).Summary("Remove a name");
    }

    async Task<Result<List<NostrHandleView>>> All(Call call)
    {
        var domain = await ManageNostrDomains.Own(shop, call);
        if (!domain.IsOk)
            return domain.Refusal;
        var handles = await shop.Db.Read(session => session.ListNostrHandles(domain.Value.Id, call.Stop), call.Stop);
        return handles.ConvertAll(NostrHandleView.Of);
    }

    async Task<Result<NostrHandleView>> Add(Call call)
    {
        var body = await call.Body(ApiJson.Wire.NewNostrHandle);
        var domain = await ManageNostrDomains.Own(shop, call);
        if (!domain.IsOk)
            return domain.Refusal;
        var key = ReadKey(body.Pubkey);
        if (!key.IsOk)
            return key.Refusal;
        if (!HandleName.TryParse(body.Name, out var name))
            return Refusal.Invalid("A name has 1 to 100 letters, digits, hyphens, underscores and dots");
        var row = new NostrHandleRow { DomainId = domain.Value.Id, Handle = name.Value, Pubkey = key.Value, Created = shop.Clock.Now };
        try
        {
            var id = await shop.Db.Write(session => session.InsertNostrHandle(row.DomainId, row.Handle, row.Pubkey, row.Created, call.Stop), call.Stop);
            return NostrHandleView.Of(row with { Id = id });
        }
        catch (DbException error) when (shop.Db.Dialect.IsDuplicateKey(error))
        {
            return Refusal.Conflict("This name is already taken");
        }
        catch (DbException error) when (shop.Db.Dialect.IsForeignKeyViolation(error))
        {
            return Refusal.NotFound("Domain not found");
        }
    }

    async Task<Refusal?> Remove(Call call)
    {
        var handle = new NostrHandleId(call.PathId("handle"));
        var domain = await ManageNostrDomains.Own(shop, call);
        if (!domain.IsOk)
            return domain.Refusal;
        var removed = await shop.Db.Write(session => session.DeleteNostrHandle(domain.Value.Id, handle, call.Stop), call.Stop);
        return removed ? null : Refusal.NotFound("Handle not found");
    }

    static Result<PublicKey> ReadKey(string text)
    {
        if (!text.StartsWith("npub1", StringComparison.Ordinal) && !text.All(char.IsAsciiHexDigit))
            return Refusal.Invalid("Invalid public key hex encoding");
        return Nip19.TryParsePublicKey(text, out var key) && Secp256k1.IsPublicKey(key.Bytes.ToArray()) ? key : Refusal.Invalid("Invalid public key");
    }
}
