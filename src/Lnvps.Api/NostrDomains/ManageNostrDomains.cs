using System.Data.Common;
using Lnvps.Api.Http;
using Lnvps.Core.Identity;
using Lnvps.Core.Network;
using Lnvps.Core.Outcomes;
using Lnvps.Database.NostrDomains;
using Lnvps.Platform;

namespace Lnvps.Api.NostrDomains;

/// <summary>
/// /api/v1/nostr/domain: the caller's domains for Nostr names. One is registered disabled, and enabled once its DNS points here. Names of the platform itself
/// cannot be registered: they point here already.
/// </summary>
sealed class ManageNostrDomains(Shop shop)
{
    const int MostPerUser = 100;

    public void Map(Routes routes)
    {
        routes.Get("/api/v1/nostr/domain", Access.Customer, ApiJson.Wire.NostrDomainsView, All).Summary("The own domains for Nostr names");
        routes.Post("/api/v1/nostr/domain", Access.CustomerOnce, ApiJson.Wire.NostrDomainView, Add)
            .Summary("Register a domain", "It is enabled once its DNS points to cname.").Body(ApiJson.Wire.NewNostrDomain).Errors(ErrorCode.InvalidValue, ErrorCode.Conflict);
        routes.Delete("/api/v1/nostr/domain/{dom}", Access.CustomerOnce, Remove).Summary("Give up a domain with its names");
    }

    /// <summary>A domain of the caller: unknown ones 404, others' 403.</summary>
    internal static async Task<Result<NostrDomainRow>> Own(Shop shop, Call call)
    {
        var id = new NostrDomainId(call.PathId("dom"));
        var caller = call.Caller;
        var domain = await shop.Db.Read(session => session.FindNostrDomain(id, call.Stop), call.Stop);
        if (domain is null)
            return Refusal.NotFound("Domain not found");
        return domain.OwnerId == caller ? domain : Refusal.NotYours("Access denied");
    }

    async Task<Result<NostrDomainsView>> All(Call call)
    {
        var caller = call.Caller;
        var domains = await shop.Db.Read(session => session.ListNostrDomains(caller, call.Stop), call.Stop);
        return new NostrDomainsView(domains.ConvertAll(NostrDomainView.Of), shop.Settings.NostrAddressHost ?? "");
    }

    async Task<Result<NostrDomainView>> Add(Call call)
    {
        var caller = call.Caller;
        var body = await call.Body(ApiJson.Wire.NewNostrDomain);
        if (!DomainName.TryParse(body.Name, out var name))
            return Refusal.Invalid("Not a valid domain name");
        if (IsReserved(name))
            return Refusal.Invalid("This domain name is reserved");
        try
        {
            return await shop.Db.Write<Result<NostrDomainView>>(async session =>
            {
                if (await session.CountNostrDomains(caller, call.Stop) >= MostPerUser)
                    return Refusal.Conflict($"No more than {MostPerUser} domains can be registered");
                var id = await session.InsertNostrDomain(caller, name.Value, shop.Clock.Now, call.Stop);
                return NostrDomainView.Of((await session.FindNostrDomain(id, call.Stop))!);
            }, call.Stop);
        }
        catch (DbException error) when (shop.Db.Dialect.IsDuplicateKey(error))
        {
            return Refusal.Conflict("This domain name is already registered");
        }
    }

    async Task<Refusal?> Remove(Call call)
    {
        var domain = await Own(shop, call);
        if (!domain.IsOk)
            return domain.Refusal;
        await shop.Db.Write(session => session.DeleteNostrDomain(domain.Value.Id, call.Stop), call.Stop);
        return null;
    }

    bool IsReserved(DomainName name) =>
        shop.Settings.NostrReservedHosts.Append(shop.Settings.PublicUrl.IdnHost).Append(shop.Settings.NostrAddressHost ?? "").Any(name.IsAtOrBelow);
}
