using Lnvps.Core.Addresses;
using Lnvps.Core.Catalogue;
using Lnvps.Core.Identity;
using Lnvps.Core.Network;
using Lnvps.Core.Time;
using Lnvps.Core.Vms;
using Lnvps.Core.Workflows;
using Lnvps.Database.Addresses;
using Lnvps.Database.Sessions;
using Lnvps.Database.Users;
using Lnvps.Database.Vms;
using Lnvps.Hosting.Hosts;
using Lnvps.Platform.Notifications;
using Lnvps.Platform.Workflows.Engine;

namespace Lnvps.Platform.Workflows;

/// <summary>Nothing needs to be said beyond which VM it is.</summary>
public sealed record CreateVmInput;

/// <summary>
/// Makes a paid VM on its host (provisioning.md section 8). Asked for a VM that is made, expired or gone it changes nothing, so whoever believes it might be
/// needed may ask.
/// </summary>
public sealed class CreateVm(Workbench bench)
{
    public const string Kind = "create-vm";

    const string ChoosingHost = "choose a host";
    const string Reserving = "reserve addresses";
    const int MacDraws = 100;

    static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);

    public Workflow<CreateVmInput> Definition => Workflow.For<CreateVmInput>(Kind, deadline: TimeSpan.FromMinutes(15))
        .Step(ChoosingHost, ChooseHost, undo: RestorePlace)
        .Step("look at the host", LookAtHost)
        .Step(Reserving, ReserveAddresses, undo: ReleaseAddresses)
        .Retrying(RetryPolicy.Creation)
        .Step("fetch the image", FetchImage, limit: TimeSpan.FromMinutes(40))
        .Step("import disk", ImportDisk, undo: RemoveMachine, limit: TimeSpan.FromMinutes(40))
        .Step("define machine", DefineMachine, undo: RemoveMachine)
        .Step("start", StartMachine) // the undo of "define machine" also stops it
        .Step("wait until it runs", WaitUntilRunning, patience: TimeSpan.FromMinutes(2)) // nothing to take back
        .Step("tell the customer", Finish)
        .AfterEachStep((run, step, session, stop) => session.SetVmStep(run.Vm, step.Name, stop))
        .WhenFailed(PlanNextAttempt);

    sealed record Place(uint Host, uint Disk);

    sealed record Reserved(IReadOnlyList<uint> Assignments, string MacBefore);

    /// <summary>Room is checked once more: the host may have failed or been closed since the invoice was made (section 4.7).</summary>
    async Task<Done> ChooseHost(Run<CreateVmInput> run, CancellationToken stop)
    {
        var record = await bench.Load(run.Vm, stop);
        if (!IsWanted(record.Times, record.Progress))
            return Done.Enough;
        var place = new Place(record.HostRow.Id.Value, record.Disk.Id.Value);
        // It has been there before, or something of it is there.
        if (record.IsBegun)
            return Done.With(place);
        return Done.By(async (session, token) =>
        {
            // An upgrade may be paid at any moment. What is sold now is claimed, and made.
            await session.LockVm(run.Vm, token);
            var vm = await session.FindVmDetails(run.Vm, token) ?? throw new WorkflowFailure("no-vm", "The VM does not exist");
            if (await bench.Rooms.ClaimToBuild(session, vm, bench.Clock.Now, token) is { } full)
                throw new WorkflowFailure("no-room", "There is no room for the VM at the moment", $"VM {run.Vm}: {full.Message}");
            await session.RemoveMachineSize(run.Vm, token);
            return place;
        });
    }

    Task<Done> RestorePlace(Run<CreateVmInput> run, CancellationToken stop) => Task.FromResult(Done.By(async (session, token) =>
    {
        // With something left on the new host, the VM must go on naming it.
        if (run.Result<Place>(ChoosingHost) is { } before && (await session.GetVmProgress(run.Vm, token)).OnHost is null)
            await session.SetVmPlace(run.Vm, new HostId(before.Host), new DiskId(before.Disk), token);
    }));

    async Task<Done> LookAtHost(Run<CreateVmInput> run, CancellationToken stop)
    {
        var record = await bench.Load(run.Vm, stop);
        var seen = await bench.Observe(record, stop) switch
        {
            null => HostObservation.Absent,
            { HasDisk: false } => HostObservation.WithoutDisk,
            { Power: MachinePower.Running } => HostObservation.Running,
            _ => HostObservation.Stopped,
        };
        // A machine without disk, or one that an interrupted attempt of ours left, is ours to complete.
        if (seen is HostObservation.Absent or HostObservation.WithoutDisk || record.Progress.OnHost == record.HostRow.Id)
            return Done.Nothing;
        if (!Creation.LooksComplete(record.Vm.MacAddress, record.HasIpv4, seen))
            throw new WorkflowFailure("exists", "The VM could not be created", $"Host {record.HostRow.Id} has a machine {Machine.NameOf(run.Vm)} that this shop did not make");
        return Done.Decide(async (session, token) =>
        {
            await session.MarkVmProvisioned(run.Vm, bench.Time.Moment(), token);
            return Done.Enough;
        });
    }

    /// <summary>The database decides before anything leaves this program: addresses and MAC are committed with the step.</summary>
    async Task<Done> ReserveAddresses(Run<CreateVmInput> run, CancellationToken stop)
    {
        var record = await bench.Load(run.Vm, stop);
        var ranges = await bench.Db.Read(session => session.ListRangesForAllocation(record.HostRow.RegionId, stop), stop);
        bench.Addresses.Shuffle(ranges);
        var host = bench.HostOf(record);
        return Done.By(async (session, token) =>
        {
            var vm = await session.LockVm(run.Vm, token);
            if (vm is null or { Deleted: true })
                throw new WorkflowFailure("deleted", "The VM is deleted");
            var live = await session.ListAddresses(run.Vm, token);
            var made = new List<uint>();
            if (!live.Exists(address => !IsV6(address.Ip)))
                made.Add((await FirstOf(ranges, IpFamily.V4, session, run.Vm, token))?.Value ?? throw NoAddress(record));
            var mac = vm.MacAddress;
            if (mac.IsUnassigned)
            {
                mac = await DrawMac(session, record, host, token);
                await session.SetVmMac(run.Vm, mac, token);
            }
            if (!live.Exists(address => IsV6(address.Ip)) && await Ipv6(ranges, session, run.Vm, mac, token) is { } sixth)
                made.Add(sixth.Value);
            return new Reserved(made, vm.MacAddress.ToString());
        });
    }

    /// <summary>Removes only what this run inserted; never while something of the machine may still use it (section 3.3).</summary>
    Task<Done> ReleaseAddresses(Run<CreateVmInput> run, CancellationToken stop) => Task.FromResult(Done.By(async (session, token) =>
    {
        if (run.Result<Reserved>(Reserving) is not { } reserved)
            return;
        await session.LockVm(run.Vm, token);
        if ((await session.GetVmProgress(run.Vm, token)).OnHost is not null)
            return;
        var rows = await session.ListAssignments(run.Vm, token);
        foreach (var row in rows.Where(row => reserved.Assignments.Contains(row.Id.Value)))
            await session.RemoveAssignment(row.Id, token);
        await bench.Addresses.Freed(session, rows.Select(row => row.IpRangeId), token);
        await session.SetVmMac(run.Vm, MacAddress.Parse(reserved.MacBefore), token);
    }));

    async Task<Done> FetchImage(Run<CreateVmInput> run, CancellationToken stop)
    {
        var record = await bench.Load(run.Vm, stop);
        await bench.FetchImage(run, record, stop);
        // From here on something of it may be on the host.
        return Done.By((session, token) => session.BeginVmWork(run.Vm, UnfinishedWork.Creating, record.HostRow.Id, token));
    }

    async Task<Done> ImportDisk(Run<CreateVmInput> run, CancellationToken stop)
    {
        var record = await bench.Load(run.Vm, stop);
        var host = bench.HostOf(record);
        if (await host.GetState(run.Vm, stop) is { Power: MachinePower.Running })
            await host.Stop(run.Vm, stop); // Left by an attempt that broke off.
        await host.ImportDisk(record.ToMachine(), stop);
        return Done.Nothing;
    }

    async Task<Done> DefineMachine(Run<CreateVmInput> run, CancellationToken stop)
    {
        var record = await bench.Load(run.Vm, stop);
        var machine = record.ToMachine();
        if (machine.Mac.IsUnassigned || machine.Addresses.Count == 0)
            throw new WorkflowFailure("no-address", "The VM could not be created", $"VM {run.Vm} has no MAC or no usable address");
        await bench.HostOf(record).Define(machine, stop);
        return Done.Nothing;
    }

    async Task<Done> RemoveMachine(Run<CreateVmInput> run, CancellationToken stop)
    {
        var record = await bench.Load(run.Vm, stop);
        await bench.HostOf(record).Delete(run.Vm, stop);
        bench.States.Remove(run.Vm);
        return Done.By((session, token) => session.EndVmWork(run.Vm, token));
    }

    async Task<Done> StartMachine(Run<CreateVmInput> run, CancellationToken stop)
    {
        await bench.HostOf(await bench.Load(run.Vm, stop)).Start(run.Vm, stop);
        return Done.Nothing;
    }

    async Task<Done> WaitUntilRunning(Run<CreateVmInput> run, CancellationToken stop) =>
        await bench.Observe(await bench.Load(run.Vm, stop), stop) is { Power: MachinePower.Running, HasDisk: true } ? Done.Nothing : Done.NotYet(LookAgain);

    async Task<Done> Finish(Run<CreateVmInput> run, CancellationToken stop)
    {
        var record = await bench.Load(run.Vm, stop);
        return Done.By(async (session, token) =>
        {
            var now = bench.Clock.Now;
            await session.MarkVmProvisioned(run.Vm, bench.Time.Moment(), token);
            await session.AppendHistory(VmHistory.Started(run.Vm, by: null), now, token);
            var owner = await session.FindUser(record.Vm.UserId, token) ?? throw new InvalidOperationException($"VM {run.Vm} has no owner");
            await VmMessages.Created(session, record, owner, now, token);
        });
    }

    async Task PlanNextAttempt(Run<CreateVmInput> run, Failure failure, Session session, CancellationToken stop)
    {
        var progress = await session.GetVmProgress(run.Vm, stop);
        await session.SetVmFailure(run.Vm, failure.Detail, bench.Time.Moment().Plus(Creation.DelayAfter((int)progress.Attempts + 1)), stop);
    }

    bool IsWanted(VmTimes times, VmProgressRow progress) =>
        times.IsActive(bench.Clock.Now) && !times.IsNew && progress is { ProvisionedAt: null, Unfinished: UnfinishedWork.None or UnfinishedWork.Creating };

    async Task<AssignmentId?> FirstOf(IReadOnlyList<IpRangeRow> ranges, IpFamily family, Session session, VmId vm, CancellationToken stop)
    {
        foreach (var range in ranges.Where(range => FamilyOf(range) == family))
        {
            if (await bench.Addresses.Assign(session, range.Id, vm, stop) is { } assigned)
                return assigned.Id;
        }
        return null;
    }

    /// <summary>One IPv6 address where the region has one to give; a machine without is fine (section 5.1).</summary>
    async Task<AssignmentId?> Ipv6(IReadOnlyList<IpRangeRow> ranges, Session session, VmId vm, MacAddress mac, CancellationToken stop)
    {
        foreach (var range in ranges.Where(range => FamilyOf(range) == IpFamily.V6))
        {
            var id = range.AllocationMode == IpAllocationMode.SlaacEui64
                ? await Derived(range, session, vm, mac, stop)
                : (await bench.Addresses.Assign(session, range.Id, vm, stop))?.Id;
            if (id is not null)
                return id;
        }
        return null;
    }

    async Task<AssignmentId?> Derived(IpRangeRow range, Session session, VmId vm, MacAddress mac, CancellationToken stop) =>
        IpPrefix.TryParse(range.Cidr, out var cidr) && Slaac.AddressOf(cidr, mac) is { IsOk: true, Value: var address }
            ? await bench.Addresses.AssignGiven(session, range.Id, vm, address, stop)
            : null;

    static async Task<MacAddress> DrawMac(Session session, VmRecord record, IVmHost host, CancellationToken stop)
    {
        for (var draw = 0; draw < MacDraws; draw++)
        {
            var mac = host.GenerateMac();
            if (mac.IsUnicast && !mac.IsUnassigned && !await session.IsMacTaken(record.HostRow.RegionId, mac, record.Vm.Id, stop))
                return mac;
        }
        throw new WorkflowFailure("no-mac", "The VM could not be created", $"Region {record.HostRow.RegionId} has no free MAC address");
    }

    static IpFamily? FamilyOf(IpRangeRow range) => IpPrefix.TryParse(range.Cidr, out var cidr) ? cidr.Family : null;

    static bool IsV6(string address) => address.Contains(':', StringComparison.Ordinal);

    static WorkflowFailure NoAddress(VmRecord record) =>
        new("no-address", "No address is free at the moment", $"Region {record.HostRow.RegionId} has no free IPv4 address for VM {record.Vm.Id}");
}
