using static Lnvps.Database.Schema.Declarations.Columns;

namespace Lnvps.Database.Schema.Additions;

/// <summary>How far the present step of a workflow is, 0 to 100; null while it does not say.</summary>
static class StepProgress
{
    public static readonly Addition Addition = new(2026030131, "progress of steps", sql => sql.AddColumn("workflow", Small("step_percent").OrNull()));
}
