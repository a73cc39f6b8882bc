using Lnvps.Api.Http;
using Lnvps.Core.Identity;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Vms;
using Lnvps.Database.Hosts;
using Lnvps.Database.Vms;
using Lnvps.Platform;
using Lnvps.Platform.Hosts;
using Lnvps.Platform.Vms;

namespace Lnvps.Api.Vms;

/// <summary>A point of the usage series (customer-api.md section 4.17): memory in bytes, the last four in bytes per second.</summary>
sealed record UsagePointView(long Timestamp, double Cpu, double Memory, ulong MemorySize, double NetIn, double NetOut, double DiskWrite, double DiskRead)
{
    public static UsagePointView Of(UsagePoint point, ulong memory) =>
        new(point.At, point.Cpu, point.Memory * memory, memory, point.NetIn, point.NetOut, point.DiskWrite, point.DiskRead);
}

/// <summary>
/// GET /api/v1/vm/{id}/time-series: usage of the last hour, oldest first, as the worker saw it. What it did not see yet is asked from the host, so that an empty
/// answer means that there is no machine.
/// </summary>
sealed class ReadUsage(Shop shop, HostCalls hosts)
{
    public void Map(Routes routes) => routes.Get("/api/v1/vm/{id}/time-series", Access.Customer, ApiJson.Wire.ListUsagePointView, Handle)
        .Summary("Usage of the last hour", "Oldest first; empty before the machine is built.").Errors(ErrorCode.HostFailed);

    async Task<Result<List<UsagePointView>>> Handle(Call call)
    {
        var id = new VmId(call.PathId("id"));
        var caller = call.Caller;
        var (vm, host) = await shop.Db.Read(async session =>
        {
            var found = VmAccess.Of(await session.FindVmDetails(id, call.Stop), caller);
            return (found, found.IsOk ? await session.FindHost(found.Value.HostId, call.Stop) : null);
        }, call.Stop);
        if (!vm.IsOk)
            return vm.Refusal;
        if (!vm.Value.Provisioned)
            return new List<UsagePointView>();
        var seen = await shop.States.Usage(id);
        if (seen.Count == 0)
        {
            var asked = await Ask(host, id, call.Stop);
            if (!asked.IsOk)
                return asked.Refusal;
            seen = asked.Value;
        }
        return seen.Select(point => UsagePointView.Of(point, vm.Value.Memory.Value)).ToList();
    }

    async Task<Result<IReadOnlyList<UsagePoint>>> Ask(HostRow? host, VmId vm, CancellationToken stop)
    {
        try
        {
            var state = host is null ? null : await hosts.Ask(host, (machine, limit) => machine.GetState(vm, limit), stop);
            return new Result<IReadOnlyList<UsagePoint>>(state is null ? [] : UsagePoint.Of([StateCache.SampleOf(state, shop.Time.GetUtcNow().ToUnixTimeSeconds())]));
        }
        catch (OutsideFault)
        {
            return Refusal.Because(ErrorCode.HostFailed, "The host of this VM does not answer, please try again");
        }
    }
}
