using Lnvps.Core.Identity;
using Lnvps.Core.Time;
using Lnvps.Core.Vms;
using Lnvps.Database.Sessions;

namespace Lnvps.Database.Vms;

/// <summary>A row of <c>vm_history</c>. The three JSON columns hold text or null.</summary>
public sealed record VmHistoryRow
{
    public uint Id { get; init; }
    public VmId VmId { get; init; }
    public VmHistoryAction ActionType { get; init; }
    public Instant Timestamp { get; init; }
    /// <summary>Acting user; null = the system.</summary>
    public UserId? InitiatedByUser { get; init; }
    public string? PreviousState { get; init; }
    public string? NewState { get; init; }
    public string? Metadata { get; init; }
    public string? Description { get; init; }
}

/// <summary>Audit trail of VMs: rows are appended, never changed (data-model.md section 7.10).</summary>
public static class VmHistoryRows
{
    const string Columns = "id, vm_id, action_type, timestamp, initiated_by_user, previous_state, new_state, metadata, description";

    public static Task AppendHistory(this Session session, VmHistoryEntry entry, Instant at, CancellationToken stop) =>
        session.Execute("""
            INSERT INTO vm_history (vm_id, action_type, timestamp, initiated_by_user, previous_state, new_state, metadata, description)
            VALUES (@Vm, @Action, @at, @InitiatedBy, @PreviousState, @NewState, @Metadata, @Description)
            """, new { entry.Vm, entry.Action, at, entry.InitiatedBy, entry.PreviousState, entry.NewState, entry.Metadata, entry.Description }, stop);

    /// <summary>Newest first, ties by id; <paramref name="limit"/> null = all.</summary>
    public static Task<List<VmHistoryRow>> ListHistory(this Session session, VmId vm, long? limit, long offset, CancellationToken stop) =>
        session.List<VmHistoryRow>($"""
            SELECT {Columns} FROM vm_history WHERE vm_id = @vm ORDER BY timestamp DESC, id DESC LIMIT @limit OFFSET @offset
            """, new { vm, limit = limit ?? long.MaxValue, offset }, stop);
}
