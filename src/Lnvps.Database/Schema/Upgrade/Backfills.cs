namespace Lnvps.Database.Schema.Upgrade;

/// <summary>
/// What existing rows get in a column that is newly required. Only what follows from how the old program worked; where rows exist and no
/// line is found here, the upgrade is refused.
/// </summary>
static class Backfills
{
    const string FirstCompany = "(SELECT MIN(id) FROM company)";

    /// <summary>The value as SQL, and a condition (also SQL) that must hold, with what to tell when it does not.</summary>
    public sealed record Rule(string Value, string? Condition = null, string Otherwise = "");

    static readonly Rule OnlyCompany = new(FirstCompany, "(SELECT COUNT(*) FROM company) <= 1", "several companies exist, so it is not certain which one it belongs to");

    static readonly Dictionary<(string Table, string Column), Rule> Rules = new()
    {
        // Step "require company id": what belonged to nobody belongs to the first company.
        [("vm_host_region", "company_id")] = new(FirstCompany),
        [("subscription", "company_id")] = OnlyCompany,
        [("available_ip_space", "company_id")] = OnlyCompany,
        [("payment_method_config", "company_id")] = OnlyCompany,
        // Before "taxes" nothing was taxed.
        [("vm_payment", "tax")] = new("0"),
        [("subscription_payment", "tax")] = new("0"),
        // Before "add nwc connection string" nothing renewed itself.
        [("vm", "auto_renewal_enabled")] = new("0"),
        // The first and the last address were never handed out.
        [("ip_range", "use_full_range")] = new("0"),
        // An absent address is an empty text (data-model.md section 2.2).
        [("company", "email")] = new("''"),
        // A domain that does not point here is removed a week after its last change: count from the upgrade, so that none vanishes at once.
        [("nostr_domain", "last_status_change")] = new("CURRENT_TIMESTAMP"),
    };

    public static Rule? For(string table, string column) => Rules.GetValueOrDefault((table, column));
}
