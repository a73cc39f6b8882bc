using System.Globalization;
using Lnvps.Api.Http;
using Lnvps.Api.Http.Repetition;
using Lnvps.Core.Identity;
using Lnvps.Core.Outcomes;
using Lnvps.Core.SshKeys;
using Lnvps.Database.Users;
using Lnvps.Platform;

namespace Lnvps.Api.SshKeys;

/// <summary>GET and POST /api/v1/ssh-key: the caller's keys by id; a new key, parsed and re-encoded before it is stored.</summary>
sealed class ManageSshKeys(Shop shop)
{
    public void Map(Routes routes)
    {
        routes.Get("/api/v1/ssh-key", Access.Customer, ApiJson.Wire.ListSshKeyView, All)
            .Summary("The own SSH keys");
        routes.Post("/api/v1/ssh-key", Access.CustomerOnce, ApiJson.Wire.SshKeyView, Add, Repeatable.By(Added))
            .Summary("Add an SSH key").Body(ApiJson.Wire.NewSshKey).Errors(ErrorCode.InvalidSshKey, ErrorCode.InvalidValue);
    }

    async Task<Result<List<SshKeyView>>> All(Call call)
    {
        var caller = call.Caller;
        var keys = await shop.Db.Read(session => session.ListSshKeys(caller, call.Stop), call.Stop);
        return keys.ConvertAll(SshKeyView.Of);
    }

    async Task<Result<SshKeyView>> Added(Call call, string made)
    {
        var id = new SshKeyId(uint.Parse(made, CultureInfo.InvariantCulture));
        var key = await shop.Db.Read(session => session.FindSshKey(id, call.Stop), call.Stop);
        return key is null ? Refusal.NotFound("SSH key not found") : SshKeyView.Of(key);
    }

    async Task<Result<SshKeyView>> Add(Call call)
    {
        var caller = call.Caller;
        var body = await call.Body(ApiJson.Wire.NewSshKey);
        return await SshPublicKey.Parse(body.KeyData).Then(key => key.NameFor(body.Name).Then(async name =>
        {
            var now = shop.Clock.Now;
            var stored = shop.Db.Cipher.Seal(key.ToString());
            var id = await shop.Db.Write(async session =>
            {
                var added = await session.AddSshKey(caller, name, stored, now, call.Stop);
                session.Made(added.ToString());
                return added;
            }, call.Stop);
            return (Result<SshKeyView>)new SshKeyView(id.Value, name, now);
        }));
    }
}
