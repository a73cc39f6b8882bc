namespace Lnvps.Database.Schema.Upgrade;

/// <summary>Columns that known steps take away. A column the schema does not know and that is not listed here is never dropped with data in it.</summary>
static class Drops
{
    /// <param name="Step">The step that drops it; while the ledger has that step, the column is a stranger.</param>
    /// <param name="Obstacle">Condition (SQL over the table t) for rows whose meaning would be lost.</param>
    /// <param name="Before">Statement that saves what the column said.</param>
    public sealed record Rule(long Step, string Obstacle, string ObstacleMeaning, string? Before = null);

    static readonly Dictionary<(string Table, string Column), Rule> Rules = new()
    {
        // A role that was switched off must not come to life: it ends now instead.
        [("admin_role_assignments", "is_active")] = new(20250809000000, "FALSE", "", """
            UPDATE admin_role_assignments SET expires_at = CURRENT_TIMESTAMP WHERE COALESCE(is_active, 1) = 0 AND (expires_at IS NULL OR expires_at > CURRENT_TIMESTAMP)
            """),
        // One factor for all became three with the default 1.
        [("vm_host", "load_factor")] = new(20250324143556, "t.load_factor <> 1", "has a load factor, which is to be set anew in load_cpu, load_memory and load_disk"),
        [("vm", "cpu")] = new(20250217153119, DiffersFromTemplate("cpu"), "has another size than its template"),
        [("vm", "memory")] = new(20250217153119, DiffersFromTemplate("memory"), "has another size than its template"),
        [("vm", "disk_size")] = new(20250217153119, DiffersFromTemplate("disk_size"), "has another size than its template"),
    };

    // Everything by subscription is billed monthly since "remove interval columns".
    static readonly HashSet<string> OnceWithIntervals =
        ["subscription", "subscription_line_item", "subscription_payment", "available_ip_space", "ip_space_pricing", "ip_range_subscription"];

    static readonly Rule IntervalAmount = new(20260130000003, "t.interval_amount <> 1", "is not billed every single month");
    static readonly Rule IntervalType = new(20260130000003, "t.interval_type <> 1", "is not billed by the month");

    public static Rule? For(string table, PresentColumn column) => column.Name switch
    {
        "interval_amount" when OnceWithIntervals.Contains(table) && Retyping.IsInteger(column.Facts) => IntervalAmount,
        "interval_type" when OnceWithIntervals.Contains(table) && Retyping.IsInteger(column.Facts) => IntervalType,
        _ => Rules.GetValueOrDefault((table, column.Name)),
    };

    static string DiffersFromTemplate(string column) =>
        $"NOT EXISTS (SELECT 1 FROM vm_template o WHERE o.id = t.template_id AND o.{column} = t.{column})";
}
