namespace Lnvps.Database.Schema.Additions;

/// <summary>The database itself refuses a second live assignment of an address (data-model.md section 8, invariant 7).</summary>
static class LiveAddresses
{
    public static readonly Addition Addition = new(2026030101, "one live assignment per address", sql => sql.IsMariaDb
        ?
        [
            "ALTER TABLE vm_ip_assignment ADD COLUMN IF NOT EXISTS live_ip varchar(255) AS (IF(deleted = 1, NULL, ip)) STORED",
            "CREATE UNIQUE INDEX IF NOT EXISTS ix_live_ip ON vm_ip_assignment (live_ip)",
        ]
        :
        [
            "CREATE UNIQUE INDEX vm_ip_assignment_ix_live_ip ON vm_ip_assignment (ip) WHERE deleted = 0",
        ])
    {
        Obstacles = "SELECT ip FROM vm_ip_assignment WHERE deleted = 0 GROUP BY ip HAVING COUNT(*) > 1 ORDER BY ip",
        ObstacleAdvice = "These addresses are assigned to more than one VM; free all but one assignment of each (deleted = 1 in vm_ip_assignment)",
    };
}
