using Lnvps.Api.Http;
using Lnvps.Core.Identity;
using Lnvps.Core.Outcomes;
using Lnvps.Database.Addresses;
using Lnvps.Database.Vms;
using Lnvps.Platform;

namespace Lnvps.Api.Vms;

/// <summary>GET /api/v1/vm and GET /api/v1/vm/{id}. The list takes two queries, however many VMs there are.</summary>
sealed partial class ReadVms(Shop shop, VmViewing views, ILogger<ReadVms> log)
{
    public void Map(Routes routes)
    {
        routes.Get("/api/v1/vm", Access.Customer, ApiJson.Wire.ListVmView, All).Summary("The own VMs");
        routes.Get("/api/v1/vm/{id}", Access.Customer, ApiJson.Wire.VmView, One).Summary("One VM");
    }

    async Task<Result<List<VmView>>> All(Call call)
    {
        var caller = call.Caller;
        var (vms, addresses) = await shop.Db.Read(async session =>
            (await session.ListVmDetails(caller, call.Stop), await session.ListAddressesOfUser(caller, call.Stop)), call.Stop);
        var byVm = addresses.ToLookup(address => address.VmId);
        var states = await shop.States.FindAll(vms.ConvertAll(vm => vm.Id));
        var list = new List<VmView>(vms.Count);
        foreach (var vm in vms)
        {
            // One VM with broken references must not fail the list.
            var view = views.Of(vm, [.. byVm[vm.Id]], states.GetValueOrDefault(vm.Id));
            if (view.IsOk)
                list.Add(view.Value);
            else
                LogLeftOut(log, vm.Id, view.Refusal.Message);
        }
        return list;
    }

    Task<Result<VmView>> One(Call call) => Find(new VmId(call.PathId("id")), call);

    /// <summary>One VM of the caller.</summary>
    public async Task<Result<VmView>> Find(VmId id, Call call)
    {
        var caller = call.Caller;
        var (vm, addresses) = await shop.Db.Read(async session =>
        {
            var vm = VmAccess.Of(await session.FindVmDetails(id, call.Stop), caller);
            return (vm, vm.IsOk ? await session.ListAddresses(id, call.Stop) : []);
        }, call.Stop);
        return vm.IsOk ? views.Of(vm.Value, addresses, (await shop.States.FindAll([id])).GetValueOrDefault(id)) : vm.Refusal;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "VM {Vm} is left out of its owner's list: {Reason}")]
    static partial void LogLeftOut(ILogger logger, VmId vm, string reason);
}
