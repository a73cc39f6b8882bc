using Lnvps.Database.Schema.Declarations;
using static Lnvps.Database.Schema.Declarations.Columns;

namespace Lnvps.Database.Schema.Additions;

/// <summary>Memory of the development Lightning node; empty everywhere else. Regtest money only, so nothing in it is a secret.</summary>
static class DevelopmentNode
{
    /// <summary>One row: the node's key and its counter of settlements, which also orders concurrent settlements.</summary>
    static readonly Table Node = new("dev_node")
    {
        Columns = [Tiny("id"), Binary("node_key", 32), Big("settle_index").DefaultTo(0)],
        PrimaryKey = ["id"],
    };

    static readonly Table Invoice = new("dev_invoice")
    {
        Columns =
        [
            Binary("payment_hash", 32),
            Binary("preimage", 32),
            LongText("payment_request"),
            Big("amount"),
            Timestamp("expires").DefaultToNow(),
            Small("state"),
            Big("settle_index").OrNull(),
        ],
        PrimaryKey = ["payment_hash"],
        Keys = [Key.Unique("ix_settle_index", "settle_index")],
    };

    public static readonly Addition Addition = new(2026030104, "development Lightning node", sql => [.. sql.CreateTable(Node), .. sql.CreateTable(Invoice)]);
}
