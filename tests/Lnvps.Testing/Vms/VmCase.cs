using Lnvps.Core.Identity;
using Lnvps.Core.Vms;
using Lnvps.Core.Workflows;
using Lnvps.Database.Sessions;
using Lnvps.Platform.Workflows;
using Lnvps.Platform.Workflows.Engine;
using Lnvps.Testing.Workflows;

namespace Lnvps.Testing.Vms;

/// <summary>A workflow on one VM of a shop.</summary>
public sealed class VmCase<TInput>(VmShop shop, VmId vm, Func<VmWorkflows, Workflow<TInput>> workflow, TInput input, bool repeatable) : WorkflowCase(shop.Rig) where TInput : notnull
{
    public override string Kind => workflow(shop.Workflows).Kind;

    public override bool IsRepeatable => repeatable;

    public override IReadOnlyList<WorkflowDefinition> Define(Db db) => new VmWorkflows(shop.BenchOn(db)).All;

    public override Task<WorkflowId> Ask() => Rig.Ask(workflow(shop.Workflows), Subject.Of(vm), input);

    public override async Task<IReadOnlyList<string>> Observe()
    {
        var row = await shop.Row(vm);
        var progress = await shop.Progress(vm);
        var live = await shop.Live(vm);
        var history = await shop.History(vm);
        var messages = (await shop.Messages(toCustomer: true)).Where(m => m.EventKey.StartsWith($"vm:{vm}/", StringComparison.Ordinal));
        var host = VmShop.FirstHost;
        var state = await shop.World.Host(host).GetState(vm, default);
        return
        [
            .. shop.Objects(vm),
            $"power: {state?.Power.ToString() ?? "none"}",
            $"image on disk: {(shop.World.DiskOf(host, vm) is { } disk ? disk.Image == shop.Image ? "first" : "second" : "none")}",
            $"image wanted: {(row.ImageId == shop.Image ? "first" : "second")}",
            $"size: {await shop.SizeOf(vm)}, custom: {row.CustomTemplateId is not null}",
            $"size on host: {shop.World.SizeOf(host, vm)?.ToString() ?? "none"}, disk {shop.World.DiskOf(host, vm)?.Size.ToString() ?? "none"}",
            $"host: {row.HostId == shop.Hosts[0]}",
            $"mac: {(row.MacAddress.IsUnassigned ? "none" : "set")}",
            $"deleted: {row.Deleted}",
            $"addresses: {live.Count(a => !a.Ip.Contains(':', StringComparison.Ordinal))} IPv4, {live.Count(a => a.Ip.Contains(':', StringComparison.Ordinal))} IPv6",
            $"filter fits: {shop.World.AllowedAddresses(host, vm)?.SequenceEqual(live.Select(a => a.Ip).Order(StringComparer.Ordinal))}",
            $"provisioned: {progress.ProvisionedAt is not null}, unfinished: {progress.Unfinished}, on host: {progress.OnHost is not null}, stopped by expiry: {progress.StoppedByExpiry}",
            .. history.GroupBy(h => h.ActionType).OrderBy(g => g.Key).Select(g => $"history: {g.Count()} {g.Key}"),
            .. messages.Select(m => $"message: {m.EventKey.Split('/')[1]}").Order(StringComparer.Ordinal),
            .. shop.World.Clashes().Select(clash => $"clash: {clash}"),
        ];
    }
}
