using Lnvps.Core.Identity;
using Lnvps.Core.Time;
using Lnvps.Core.Workflows;
using Lnvps.Database.Sessions;

namespace Lnvps.Database.Worker;

/// <summary>A workflow that was given up, and when.</summary>
public sealed record FailedWorkflowRow
{
    public WorkflowId Id { get; init; }
    public Moment Finished { get; init; }
}

/// <summary>An upgrade that was given up because there was no room.</summary>
public sealed record WaitingUpgradeRow
{
    public WorkflowId Id { get; init; }
    public VmId VmId { get; init; }
    /// <summary>Of the workflow.</summary>
    public string Input { get; init; } = "";
}

/// <summary>Further things that fall due, each found by a key.</summary>
public static class DueWork
{
    /// <summary>VMs whose making failed and may be tried again now, longest due first.</summary>
    public static Task<List<VmId>> ListCreationsDue(this Session session, Moment now, int limit, CancellationToken stop) =>
        session.List<VmId>("SELECT vm_id FROM vm_progress WHERE next_attempt <= @now ORDER BY next_attempt, vm_id LIMIT @limit", new { now, limit }, stop);

    /// <summary>Takes the turn of a VM whose making may be tried again; false when another worker took it, or it is not due (any more).</summary>
    public static async Task<bool> TakeCreationTurn(this Session session, VmId vm, Moment now, CancellationToken stop) =>
        await session.Execute("UPDATE vm_progress SET next_attempt = NULL WHERE vm_id = @vm AND next_attempt <= @now", new { vm, now }, stop) > 0;

    /// <summary>
    /// Paid VMs that nobody has begun to make: paid for through another program of the same database. Reads every live, unexpired VM, so it is asked rarely.
    /// </summary>
    public static Task<List<VmId>> ListVmsNeverBegun(this Session session, Instant now, int limit, CancellationToken stop) =>
        session.List<VmId>("""
            SELECT v.id FROM vm v
            WHERE v.deleted = 0 AND v.expires > @now AND v.created <> v.expires AND v.mac_address = 'ff:ff:ff:ff:ff:ff'
              AND NOT EXISTS (SELECT 1 FROM vm_progress m WHERE m.vm_id = v.id AND (m.provisioned_at IS NOT NULL OR m.next_attempt IS NOT NULL))
              AND NOT EXISTS (SELECT 1 FROM workflow w WHERE w.subject_kind = 'vm' AND w.subject_id = v.id AND w.due IS NOT NULL)
            ORDER BY v.id LIMIT @limit
            """, new { now, limit }, stop);

    /// <summary>The last workflow of this kind on the subject that was given up; null when none was.</summary>
    public static Task<FailedWorkflowRow?> FindLastFailed(this Session session, Subject subject, string kind, CancellationToken stop) =>
        session.Find<FailedWorkflowRow>("""
            SELECT id, finished FROM workflow WHERE subject_kind = @subjectKind AND subject_id = @id AND kind = @kind AND state IN (4, 5) ORDER BY finished DESC, id DESC LIMIT 1
            """, new { subjectKind = subject.Kind, id = subject.Id, kind }, stop);

    /// <summary>Paid upgrades that were given up with this code, of VMs that live and are sold larger than their machines are; oldest first.</summary>
    public static Task<List<WaitingUpgradeRow>> ListUpgradesGivenUp(this Session session, string kind, string code, int limit, CancellationToken stop) =>
        session.List<WaitingUpgradeRow>("""
            SELECT w.id, v.id AS vm_id, w.input FROM vm_machine_size m JOIN vm v ON v.id = m.vm_id AND v.deleted = 0
            JOIN workflow w ON w.subject_kind = 'vm' AND w.subject_id = v.id AND w.due IS NULL AND w.kind = @kind AND w.state = 4 AND w.error_code = @code
            ORDER BY w.id LIMIT @limit
            """, new { kind, code, limit }, stop);

    /// <summary>Removes holds of room that have lapsed; they count no more in any case.</summary>
    public static Task<int> RemoveLapsedRoomHolds(this Session session, Instant now, CancellationToken stop) =>
        session.Execute("DELETE FROM offer_hold WHERE expires <= @now", new { now }, stop);

    /// <summary>The first moment after now at which an unpaid invoice lapses; null when none is open.</summary>
    public static Task<Instant?> FindNextLapse(this Session session, Instant now, CancellationToken stop) =>
        session.Find<Instant?>("SELECT expires FROM vm_payment WHERE is_paid = 0 AND expires > @now ORDER BY expires LIMIT 1", new { now }, stop);

    /// <summary>Workflows that somebody works on or that will be worked on before a moment, oldest first.</summary>
    public static Task<List<WorkflowId>> ListWorkflowsUnderWay(this Session session, Moment before, CancellationToken stop) =>
        session.List<WorkflowId>("SELECT id FROM workflow WHERE due <= @before OR (due IS NOT NULL AND lease_owner IS NOT NULL) ORDER BY id", new { before }, stop);
}
