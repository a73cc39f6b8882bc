using Lnvps.Core.Identity;
using Lnvps.Core.Network;
using Lnvps.Core.Time;
using Lnvps.Core.Vms;
using Lnvps.Core.Workflows;
using Lnvps.Database.Sessions;
using Lnvps.Hosting.Hosts;

namespace Lnvps.Api.Tests.Simulation;

/// <summary>When everything is over: exactly the machines exist that the database calls built, each in the state it is paid for, and no payment was forgotten.</summary>
sealed partial class Aftermath(SimulatedShop shop, Session session, string host)
{
    const int Addresses = 4;

    public async Task Check(IReadOnlyList<Bytes32> paid)
    {
        var vms = await session.List<Vm>("""
            SELECT v.id, v.created, v.expires, g.provisioned_at IS NOT NULL AS is_built, COALESCE(g.stopped_by_expiry, 0) AS stopped_by_expiry
            FROM vm v LEFT JOIN vm_progress g ON g.vm_id = v.id WHERE v.deleted = 0
            """);
        CompareHost(vms);
        await ComparePower(vms);
        await FindUnbuilt(vms);
        foreach (var hash in paid)
        {
            if (await session.Scalar<long>("SELECT (SELECT COUNT(*) FROM vm_payment WHERE id = @hash AND is_paid = 1) + (SELECT COUNT(*) FROM subscription_payment WHERE id = @hash AND is_paid = 1)",
                new { hash }) != 1)
                throw new InvalidDataException($"Payment {hash} was forgotten");
        }
        await Count();
    }

    void CompareHost(List<Vm> vms)
    {
        var expected = vms.Where(vm => vm.IsBuilt).SelectMany(vm => new[]
        {
            $"{host}/domain/{MachineIdentity.NameOf(vm.Id)}", $"{host}/disk/vm-{vm.Id}-disk0", $"{host}/seed/vm-{vm.Id}-seed.iso", $"{host}/filter/lnvps-vm-{vm.Id}",
        }).Order(StringComparer.Ordinal).ToList();
        var found = shop.World.Inventory().Select(thing => thing.ToString()).Order(StringComparer.Ordinal).ToList();
        if (!expected.SequenceEqual(found))
            throw new InvalidDataException($"Host holds {string.Join(" ", found.Except(expected))} too much and {string.Join(" ", expected.Except(found))} too little");
    }

    async Task ComparePower(List<Vm> vms)
    {
        var now = shop.Now;
        var states = await shop.World.Host(host).GetAllStates(default);
        foreach (var vm in vms.Where(vm => vm.IsBuilt))
        {
            if (vm.Expires <= now && states[vm.Id].Power == MachinePower.Running)
                throw new InvalidDataException($"VM {vm.Id} runs although it has expired");
            if (vm.Expires > now && vm.StoppedByExpiry)
                throw new InvalidDataException($"VM {vm.Id} was paid for again and is still stopped");
        }
    }

    /// <summary>A VM that is paid for is built, unless it was paid for after its room had gone to others.</summary>
    async Task FindUnbuilt(List<Vm> vms)
    {
        var now = shop.Now;
        var used = await session.Scalar<long>("SELECT COUNT(*) FROM vm_ip_assignment WHERE deleted = 0 AND ip NOT LIKE '%:%'");
        foreach (var vm in vms.Where(vm => vm.Created != vm.Expires && vm.Expires > now && !vm.IsBuilt))
        {
            if (used < Addresses)
                throw new InvalidDataException($"VM {vm.Id} is paid for and not built although there is room");
            shop.Chances.Tally.Add("paid without room");
        }
    }

    async Task Count()
    {
        var tally = shop.Chances.Tally;
        foreach (var action in await session.List<VmHistoryAction>("SELECT action_type FROM vm_history"))
            tally.Add($"history {action}");
        foreach (var row in await session.List<Work>("SELECT kind, state FROM workflow"))
            tally.Add($"{row.Kind} {row.State}");
        foreach (var key in await session.List<string>("SELECT event_key FROM notification WHERE user_id IS NOT NULL"))
        {
            // late-payment/ID/…, vm:1/created/…, subscription:1/ended/…
            var parts = key.Split('/');
            var about = parts[0].Split(':');
            tally.Add($"told {about switch
            {
                ["vm", _] => parts[1],
                [var thing, _] => $"{thing} {parts[1]}",
                _ => parts[0],
            }}");
        }
        tally.Add("steps retried", (int)await session.Scalar<long>("SELECT COUNT(*) FROM workflow_step WHERE outcome = 1"));
        tally.Add("steps failed", (int)await session.Scalar<long>("SELECT COUNT(*) FROM workflow_step WHERE outcome = 2"));
        tally.Add("steps taken over", (int)await session.Scalar<long>("SELECT COUNT(*) FROM workflow WHERE lease_no > 1"));
    }

    sealed record Vm
    {
        public VmId Id { get; init; }
        public Instant Created { get; init; }
        public Instant Expires { get; init; }
        public bool IsBuilt { get; init; }
        public bool StoppedByExpiry { get; init; }
    }

    sealed record Work
    {
        public string Kind { get; init; } = "";
        public WorkflowState State { get; init; }
    }
}
