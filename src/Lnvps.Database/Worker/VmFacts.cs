using Lnvps.Core.Identity;
using Lnvps.Core.Time;
using Lnvps.Database.Sessions;

namespace Lnvps.Database.Worker;

/// <summary>Which moments make a VM due in a round of the worker.</summary>
/// <param name="Now">Of the business clock.</param>
/// <param name="SoonBeforeDaily">End of the window of "expiring soon" of VMs that are paid by the day.</param>
/// <param name="SoonBefore">End of the longest such window.</param>
/// <param name="OrderedBefore">Orders from before this moment that were never paid are overdue.</param>
/// <param name="ExpiredBefore">What expired until this moment has no grace left; null = nothing may be deleted.</param>
/// <param name="FailedBefore">A deletion that failed after this moment of the real clock is left alone.</param>
public sealed record DueMoments(Instant Now, Instant SoonBeforeDaily, Instant SoonBefore, Instant OrderedBefore, Instant? ExpiredBefore, Moment FailedBefore);

/// <summary>
/// Reads the facts of VMs for their periodic check (provisioning.md sections 16.5 and 17), always for many VMs in one query. Columns of the business with a VM
/// (marks, payments) are only read where a host plays no part.
/// </summary>
public static class VmFacts
{
    /// <summary>Kind of the workflow that deletes a VM.</summary>
    public const string DeleteVm = "delete-vm";

    const string Columns = $"""
        v.id, v.user_id, v.host_id, v.disk_id, v.created, v.expires, v.mac_address, v.deleted,
        m.provisioned_at, m.unfinished, m.next_attempt, m.stopped_by_expiry,
        m.provisioned_at IS NULL AND EXISTS (SELECT 1 FROM vm_ip_assignment a WHERE a.vm_id = v.id AND a.deleted = 0 AND a.ip NOT LIKE '%:%') AS has_ipv4,
        EXISTS (SELECT 1 FROM workflow w WHERE w.subject_kind = 'vm' AND w.subject_id = v.id AND w.due IS NOT NULL) AS work_under_way,
        EXISTS (SELECT 1 FROM workflow w WHERE w.subject_kind = 'vm' AND w.subject_id = v.id AND w.due IS NOT NULL AND w.kind = '{DeleteVm}') AS deletion_under_way
        """;

    const string BusinessColumns = """
        p.interval_amount, p.interval_type,
        (SELECT k.at FROM vm_mark k WHERE k.vm_id = v.id AND k.kind = 1 AND k.expires = v.expires) AS soon_marked_at,
        (SELECT k.at FROM vm_mark k WHERE k.vm_id = v.id AND k.kind = 2 AND k.expires = v.expires) AS expired_marked_at,
        EXISTS (SELECT 1 FROM vm_payment y WHERE y.vm_id = v.id AND y.is_paid = 0 AND y.expires > @Now) AS has_pending_payment,
        v.auto_renewal_enabled = 1 AND EXISTS (SELECT 1 FROM users u WHERE u.id = v.user_id AND u.nwc_connection_string IS NOT NULL AND u.nwc_connection_string <> '')
            AS renews_itself
        """;

    const string BusinessJoins = """
        LEFT JOIN vm_progress m ON m.vm_id = v.id
        LEFT JOIN vm_template t ON t.id = v.template_id
        LEFT JOIN vm_cost_plan p ON p.id = t.cost_plan_id
        """;

    /// <summary>
    /// VMs for which something may have to be done now, whatever their hosts say: never-paid orders past their time, expiry near and not told, expiry passed and
    /// not recorded, grace over. Follows the key over (deleted, expires), so that the cost grows with what has expired or is about to. An open deletion, or one
    /// that failed a short while ago, keeps a VM out.
    /// </summary>
    /// <param name="after">The last row of the page before; null = the first page.</param>
    public static Task<List<VmFactsRow>> ListDueVms(this Session session, DueMoments due, VmFactsRow? after, int limit, CancellationToken stop) =>
        session.List<VmFactsRow>($"""
            SELECT {Columns}, {BusinessColumns}
            FROM (
                SELECT s.id FROM vm s LEFT JOIN vm_template st ON st.id = s.template_id LEFT JOIN vm_cost_plan sp ON sp.id = st.cost_plan_id
                WHERE s.deleted = 0 AND s.expires > @Now AND s.expires < @SoonBefore AND s.created <> s.expires
                  AND (s.expires < @SoonBeforeDaily OR sp.id IS NULL OR sp.interval_type <> 0 OR sp.interval_amount <> 1)
                  AND NOT EXISTS (SELECT 1 FROM vm_mark k WHERE k.vm_id = s.id AND k.kind = 1 AND k.expires = s.expires)
                UNION
                SELECT e.id FROM vm e
                WHERE e.deleted = 0 AND e.expires <= @Now AND e.created <> e.expires
                  AND NOT EXISTS (SELECT 1 FROM vm_mark k WHERE k.vm_id = e.id AND k.kind = 2 AND k.expires = e.expires)
                UNION
                SELECT g.id FROM vm g
                WHERE g.deleted = 0 AND g.expires <= @ExpiredBefore AND g.created <> g.expires AND {NotBeingDeleted("g")}
                UNION
                SELECT o.id FROM vm o
                WHERE o.deleted = 0 AND o.expires < @OrderedBefore AND o.created = o.expires AND {NotBeingDeleted("o")}
                  AND NOT EXISTS (SELECT 1 FROM vm_payment y WHERE y.vm_id = o.id AND y.is_paid = 0 AND y.expires > @Now)
            ) d JOIN vm v ON v.id = d.id {BusinessJoins}
            {(after is null ? "" : "WHERE v.expires > @lastExpires OR (v.expires = @lastExpires AND v.id > @lastId)")}
            ORDER BY v.expires, v.id LIMIT @limit
            """,
            new { due.Now, due.SoonBeforeDaily, due.SoonBefore, due.OrderedBefore, due.ExpiredBefore, due.FailedBefore, lastExpires = after?.Expires, lastId = after?.Id, limit },
            stop);

    /// <summary>One VM, deleted ones too; its row is locked until the transaction ends, so that its owner's payment comes before or after, never between.</summary>
    public static async Task<VmFactsRow?> LockVmFacts(this Session session, VmId vm, Instant now, CancellationToken stop)
    {
        if (session.Dialect.ForUpdate.Length > 0)
            await session.Find<uint?>($"SELECT id FROM vm WHERE id = @vm{session.Dialect.ForUpdate}", new { vm }, stop);
        return await session.Find<VmFactsRow>($"SELECT {Columns}, {BusinessColumns} FROM vm v {BusinessJoins} WHERE v.id = @vm", new { vm, Now = now }, stop);
    }

    /// <summary>Live VMs that a host should have, as far as the check against that host needs to know them; never-paid ones are left out.</summary>
    public static Task<List<VmFactsRow>> ListVmFactsOnHost(this Session session, HostId host, CancellationToken stop) =>
        session.List<VmFactsRow>($"""
            SELECT {Columns} FROM vm v LEFT JOIN vm_progress m ON m.vm_id = v.id
            WHERE v.deleted = 0 AND v.host_id = @host AND v.created <> v.expires ORDER BY v.id
            """, new { host }, stop);

    /// <summary>Those of some VMs that exist, deleted ones too, as far as the check against a host needs to know them.</summary>
    public static Task<List<VmFactsRow>> ListVmFacts(this Session session, IReadOnlyCollection<VmId> vms, CancellationToken stop) =>
        vms.Count == 0
            ? Task.FromResult<List<VmFactsRow>>([])
            : session.List<VmFactsRow>($"SELECT {Columns} FROM vm v LEFT JOIN vm_progress m ON m.vm_id = v.id WHERE v.id IN @ids ORDER BY v.id",
                new { ids = vms.Select(vm => vm.Value).ToList() }, stop);

    /// <summary>Live VMs whose expiry lies before a moment, with all facts: those whose next moments a travelling clock has to meet.</summary>
    public static Task<List<VmFactsRow>> ListVmsExpiringBefore(this Session session, Instant before, Instant now, CancellationToken stop) =>
        session.List<VmFactsRow>($"""
            SELECT {Columns}, {BusinessColumns} FROM vm v {BusinessJoins} WHERE v.deleted = 0 AND v.expires < @before ORDER BY v.expires, v.id
            """, new { before, Now = now }, stop);

    static string NotBeingDeleted(string vm) => $"""
        NOT EXISTS (SELECT 1 FROM workflow w WHERE w.subject_kind = 'vm' AND w.subject_id = {vm}.id AND w.kind = '{DeleteVm}'
            AND (w.due IS NOT NULL OR (w.state IN (4, 5) AND w.finished > @FailedBefore)))
        """;
}
