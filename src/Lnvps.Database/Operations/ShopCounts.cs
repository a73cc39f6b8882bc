using Lnvps.Core.Identity;
using Lnvps.Core.Network;
using Lnvps.Core.Payments;
using Lnvps.Core.Time;
using Lnvps.Core.Workflows;
using Lnvps.Database.Sessions;

namespace Lnvps.Database.Operations;

/// <summary>How many there are of something with a name.</summary>
public sealed record CountRow
{
    public string Name { get; init; } = "";
    public long Count { get; init; }
}

/// <summary>How many open workflows there are of a kind in a state.</summary>
public sealed record WorkflowCountRow
{
    public string Kind { get; init; } = "";
    public WorkflowState State { get; init; }
    public long Count { get; init; }
}

/// <summary>How many invoices of a method are open.</summary>
public sealed record InvoiceCountRow
{
    public PaymentMethod Method { get; init; }
    public long Count { get; init; }
}

/// <summary>Counts of the whole shop for its operators. Each reads what is alive, through a key, and never the history.</summary>
public static class ShopCounts
{
    /// <summary>VMs that are not deleted, by the states of provisioning.md section 17.1; states without a VM are left out.</summary>
    /// <param name="dueUntil">What expired until this moment has no grace left.</param>
    public static Task<List<CountRow>> CountVmsByState(this Session session, Instant now, Instant dueUntil, CancellationToken stop) =>
        session.List<CountRow>("""
            SELECT s.name, COUNT(*) AS count FROM (
                SELECT CASE WHEN v.created = v.expires THEN 'ordered'
                            WHEN v.expires <= @dueUntil THEN 'due'
                            WHEN v.expires <= @now THEN 'grace'
                            WHEN p.provisioned_at IS NOT NULL OR (p.vm_id IS NULL AND v.mac_address <> @unassigned) THEN 'active'
                            ELSE 'provisioning' END AS name
                FROM vm v LEFT JOIN vm_progress p ON p.vm_id = v.id WHERE v.deleted = 0) s
            GROUP BY s.name
            """, new { now, dueUntil, unassigned = MacAddress.Unassigned }, stop);

    public static Task<List<WorkflowCountRow>> CountOpenWorkflows(this Session session, CancellationToken stop) =>
        session.List<WorkflowCountRow>("SELECT kind, state, COUNT(*) AS count FROM workflow WHERE due IS NOT NULL GROUP BY kind, state", null, stop);

    /// <summary>Workflows that were given up with something left to do, by kind.</summary>
    public static Task<List<CountRow>> CountParkedWorkflows(this Session session, CancellationToken stop) =>
        session.List<CountRow>("SELECT kind AS name, COUNT(*) AS count FROM workflow WHERE state = 4 GROUP BY kind", null, stop);

    /// <summary>Unpaid payments that have not lapsed, by method.</summary>
    public static Task<List<InvoiceCountRow>> CountOpenInvoices(this Session session, Instant now, CancellationToken stop) =>
        session.List<InvoiceCountRow>("""
            SELECT payment_method AS method, COUNT(*) AS count FROM vm_payment WHERE is_paid = 0 AND expires > @now GROUP BY payment_method
            """, new { now }, stop);

    /// <summary>Messages nobody has addressed yet, and deliveries still to be tried.</summary>
    public static Task<long> CountWaitingNotifications(this Session session, CancellationToken stop) =>
        session.Scalar<long>("SELECT (SELECT COUNT(*) FROM notification WHERE dispatched IS NULL) + (SELECT COUNT(*) FROM notification_delivery WHERE due IS NOT NULL)", null, stop);
}
