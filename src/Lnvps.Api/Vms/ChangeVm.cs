using Lnvps.Api.Http;
using Lnvps.Api.Http.Repetition;
using Lnvps.Core.Identity;
using Lnvps.Core.Network;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Vms;
using Lnvps.Database.Addresses;
using Lnvps.Database.Sessions;
using Lnvps.Database.Users;
using Lnvps.Database.Vms;
using Lnvps.Platform;
using Lnvps.Platform.Vms;

namespace Lnvps.Api.Vms;

/// <summary>
/// PATCH /api/v1/vm/{id}: SSH key, reverse name, automatic renewal. Everything is checked before anything is stored. A changed key reaches the guest with
/// its next cloud-init run; the call waits until its host has it. A host that fails is a 500, and the stored change stays.
/// </summary>
sealed class ChangeVm(Shop shop, VmWork work)
{
    public void Map(Routes routes) => routes.Patch("/api/v1/vm/{id}", Access.CustomerOnce, Handle, work.Awaited())
        .Summary("Change key, reverse name or automatic renewal", "A changed key reaches the guest with its next start.")
        .OptionalBody(ApiJson.Wire.VmChange).BeginsAction().Errors(ErrorCode.InvalidValue, ErrorCode.Busy, ErrorCode.HostFailed);

    async Task<Refusal?> Handle(Call call)
    {
        var id = new VmId(call.PathId("id"));
        var caller = call.Caller;
        var change = await call.OptionalBody(ApiJson.Wire.VmChange) ?? new VmChange();
        var changed = await shop.Db.Write(session => Change(session, id, caller, change, call.Stop), call.Stop);
        return changed.IsOk ? await work.Await(changed.Value, call) : changed.Refusal;
    }

    /// <summary>The work that brings the change to the host.</summary>
    async Task<Result<Begun>> Change(Session session, VmId id, UserId caller, VmChange change, CancellationToken stop)
    {
        var found = VmAccess.Of(await session.LockVm(id, stop), caller);
        if (!found.IsOk)
            return found.Refusal;
        var vm = found.Value;
        if (change.SshKeyId is { } wanted && await CheckKey(session, wanted, caller, stop) is { } refusal)
            return refusal;
        HostName reverse = default;
        if (change.ReverseDns is { } name && !HostName.TryParse(name, out reverse))
            return Refusal.Invalid("reverse_dns must be a fully qualified host name");

        if (change.ReverseDns is not null)
            await session.SetReverseName(id, reverse.Value, stop);
        if (change.AutoRenewalEnabled is { } renew)
            await session.SetVmAutoRenewal(id, renew, stop);
        if (change.SshKeyId is { } key && new SshKeyId(WireInput.Id(key, "SSH key")) is var keyId && keyId != vm.SshKeyId)
        {
            await session.SetVmSshKey(id, keyId, stop);
            await session.AppendHistory(VmHistory.ConfigurationChanged(vm.Snapshot, (vm with { SshKeyId = keyId }).Snapshot, caller), shop.Clock.Now, stop);
            return await work.Configure(session, id, caller, stop);
        }
        return new Begun(null);
    }

    static async Task<Refusal?> CheckKey(Session session, ulong id, UserId caller, CancellationToken stop)
    {
        var key = await session.FindSshKey(new SshKeyId(WireInput.Id(id, "SSH key")), stop);
        return key is null ? Refusal.NotFound("SSH key not found") : key.UserId == caller ? null : Refusal.NotYours("SSH key does not belong to you");
    }
}
