using Lnvps.Core.Identity;
using Lnvps.Core.Network;
using Lnvps.Core.Time;
using Lnvps.Core.Vms;
using Lnvps.Database.Sessions;

namespace Lnvps.Database.Vms;

/// <summary>
/// How far a VM is on its host (provisioning.md section 8). A VM without a row is either new or older than this table; the latter counts as provisioned
/// when it has a MAC, a live IPv4 address, and a disk on its host.
/// </summary>
public sealed record VmProgressRow
{
    public VmId VmId { get; init; }
    /// <summary>False when the table has no row for it.</summary>
    public bool HasRow { get; init; }
    /// <summary>When it was completely made; null = not (yet).</summary>
    public Moment? ProvisionedAt { get; init; }
    public UnfinishedWork Unfinished { get; init; }
    /// <summary>Host on which something of it may exist although it is not completely made.</summary>
    public HostId? OnHost { get; init; }
    /// <summary>The last step of its present or last workflow that was completed.</summary>
    public string? LastStep { get; init; }
    /// <summary>Failed attempts to make it.</summary>
    public uint Attempts { get; init; }
    /// <summary>For operators.</summary>
    public string? LastError { get; init; }
    /// <summary>When making it may be tried again; null = at once.</summary>
    public Moment? NextAttempt { get; init; }
    /// <summary>It is off because it had expired, not because its owner switched it off.</summary>
    public bool StoppedByExpiry { get; init; }

    /// <summary>Whether it was completely made once, as far as the database knows; the host has the last word on VMs that are older than this table.</summary>
    public bool IsProvisioned(MacAddress mac, bool hasIpv4) => ProvisionedAt is not null || !HasRow && !mac.IsUnassigned && hasIpv4;
}

/// <summary>Queries of VMs' progress.</summary>
public static class VmProgress
{
    const string Columns = "vm_id, 1 AS has_row, provisioned_at, unfinished, on_host, last_step, attempts, last_error, next_attempt, stopped_by_expiry";

    /// <summary>Progress of a VM; one without a row has made none.</summary>
    public static async Task<VmProgressRow> GetVmProgress(this Session session, VmId vm, CancellationToken stop) =>
        await session.Find<VmProgressRow>($"SELECT {Columns} FROM vm_progress WHERE vm_id = @vm", new { vm }, stop) ?? new VmProgressRow { VmId = vm };

    /// <summary>Progress of those of some VMs that have a row.</summary>
    public static Task<List<VmProgressRow>> ListVmProgress(this Session session, IReadOnlyCollection<VmId> vms, CancellationToken stop) =>
        vms.Count == 0
            ? Task.FromResult<List<VmProgressRow>>([])
            : session.List<VmProgressRow>($"SELECT {Columns} FROM vm_progress WHERE vm_id IN @ids ORDER BY vm_id", new { ids = vms.Select(vm => vm.Value).ToList() }, stop);

    /// <summary>From now on this work is unfinished; while a VM is being made, <paramref name="onHost"/> may hold something of it.</summary>
    public static Task BeginVmWork(this Session session, VmId vm, UnfinishedWork work, HostId? onHost, CancellationToken stop) =>
        session.Set(vm, "unfinished = @work, on_host = @onHost", new { vm, work, onHost }, stop);

    /// <summary>The work is finished, or was taken back without a trace.</summary>
    public static Task EndVmWork(this Session session, VmId vm, CancellationToken stop) =>
        session.Set(vm, "unfinished = 0, on_host = NULL", new { vm }, stop);

    /// <summary>The machine is completely made.</summary>
    public static Task MarkVmProvisioned(this Session session, VmId vm, Moment now, CancellationToken stop) =>
        session.Set(vm, """
            provisioned_at = @now, unfinished = 0, on_host = NULL, attempts = 0, last_error = NULL, next_attempt = NULL, stopped_by_expiry = 0
            """, new { vm, now }, stop);

    public static Task SetVmStep(this Session session, VmId vm, string step, CancellationToken stop) =>
        session.Set(vm, "last_step = @step", new { vm, step }, stop);

    /// <summary>An attempt to make it failed; the next may begin at <paramref name="next"/>.</summary>
    public static Task SetVmFailure(this Session session, VmId vm, string error, Moment next, CancellationToken stop) =>
        session.Set(vm, "attempts = attempts + 1, last_error = @error, next_attempt = @next", new { vm, error, next }, stop);

    public static Task SetStoppedByExpiry(this Session session, VmId vm, bool stopped, CancellationToken stop) =>
        session.Set(vm, "stopped_by_expiry = @stopped", new { vm, stopped }, stop);

    /// <summary>Forgets everything: a revived VM is made from nothing.</summary>
    public static async Task ClearVmProgress(this Session session, VmId vm, CancellationToken stop)
    {
        await session.Execute("DELETE FROM vm_progress WHERE vm_id = @vm", new { vm }, stop);
        await session.RemoveMachineSize(vm, stop);
    }

    static async Task Set(this Session session, VmId vm, string change, object parameters, CancellationToken stop)
    {
        if (await session.Execute($"UPDATE vm_progress SET {change} WHERE vm_id = @vm", parameters, stop) > 0)
            return;
        await session.Execute(session.Dialect.InsertOrKeep("vm_progress", "vm_id", "@vm", "vm_id"), new { vm }, stop);
        await session.Execute($"UPDATE vm_progress SET {change} WHERE vm_id = @vm", parameters, stop);
    }
}
