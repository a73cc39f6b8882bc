using Lnvps.Database.Schema.Declarations;
using static Lnvps.Database.Schema.Declarations.Columns;

namespace Lnvps.Database.Schema.Tables;

/// <summary>data-model.md section 2.7.</summary>
static class NostrDomains
{
    public static readonly Table Domains = new("nostr_domain")
    {
        Columns =
        [
            Id(),
            Int("owner_id"),
            Varchar("name", 200),
            Bit("enabled").DefaultTo(0),
            Timestamp("created").DefaultToNow(),
            Varchar("relays", 1024).OrNull(),
            Timestamp("last_status_change").DefaultToNow(),
        ],
        Keys =
        [
            Key.Unique("ix_domain_unique", "name"),
            Key.On("fk_nostr_domain_user", "owner_id"),
        ],
        ForeignKeys = [new("fk_nostr_domain_user", "owner_id", "users")],
    };

    public static readonly Table Handles = new("nostr_domain_handle")
    {
        Columns =
        [
            Id(),
            Int("domain_id"),
            Varchar("handle", 100),
            Timestamp("created").DefaultToNow(),
            Binary("pubkey", 32),
            Varchar("relays", 1024).OrNull(),
        ],
        Keys = [Key.Unique("ix_domain_handle_unique", "domain_id", "handle")],
        ForeignKeys = [new("fk_nostr_domain_handle_domain", "domain_id", "nostr_domain", OnDelete.Cascade)],
    };
}
