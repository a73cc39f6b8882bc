namespace Lnvps.Database.Schema.Upgrade;

/// <summary>Step "change vm history action type to int": the texts of data-model.md section 3 become their ordinals.</summary>
static class HistoryActions
{
    static readonly string[] Names =
    [
        "created", "started", "stopped", "restarted", "deleted", "expired", "renewed", "reinstalled", "state_changed", "payment_received", "configuration_changed",
    ];

    // However the words were joined: state_changed, StateChanged, state-changed.
    const string Bare = "LOWER(REPLACE(REPLACE(REPLACE(action_type, '_', ''), '-', ''), ' ', ''))";

    public static bool IsOld(string table, PresentColumn column) => table == "vm_history" && column.Name == "action_type" && Retyping.IsText(column.Facts);

    /// <summary>Condition for texts nobody knows.</summary>
    public static string Unknown => $"{Bare} NOT IN ({string.Join(", ", Names.Select(Quoted))})";

    /// <summary>The ordinal as SQL.</summary>
    public static string Ordinal => $"CASE {Bare} {string.Join(' ', Names.Select((name, ordinal) => $"WHEN {Quoted(name)} THEN {ordinal}"))} END";

    static string Quoted(string name) => $"'{name.Replace("_", "", StringComparison.Ordinal)}'";
}
