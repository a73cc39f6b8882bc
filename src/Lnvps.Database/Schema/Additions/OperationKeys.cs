using Lnvps.Database.Schema.Declarations;
using static Lnvps.Database.Schema.Declarations.Columns;

namespace Lnvps.Database.Schema.Additions;

/// <summary>The trace that a workflow goes on with (a W3C trace parent), and a key for counting workflows by state.</summary>
static class OperationKeys
{
    public static readonly Addition Addition = new(2026030195, "traces and states of workflows", sql =>
    [
        .. sql.AddColumn("workflow", ExactVarchar("trace", 55).OrNull()),
        .. sql.AddKey("workflow", Key.On("ix_state", "state")),
    ]);
}
