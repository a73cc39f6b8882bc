using Lnvps.Database.Schema.Writers;

namespace Lnvps.Database.Schema.Additions;

/// <summary>
/// A change of our own to the shared schema, recorded in <c>lnvps_schema</c>. Only what existing programs do not notice is allowed: new
/// tables, new keys, new columns that are nullable or have a constant default (data-model.md section 1.5).
/// </summary>
/// <param name="Version">Number in the ledger: date and counter, YYYYMMDDNN; never changed once released, never used twice.</param>
/// <param name="Name">What it adds, for people.</param>
/// <param name="Statements">The statements for a dialect. On MariaDB each must be repeatable after a crash; those of the writer are.</param>
public sealed record Addition(ulong Version, string Name, Func<SchemaWriter, IEnumerable<string>> Statements)
{
    /// <summary>A query that names rows which must be put right by a person before this can be added (one text per row); none when null.</summary>
    public string? Obstacles { get; init; }

    /// <summary>What the person is told about the rows of <see cref="Obstacles"/>.</summary>
    public string ObstacleAdvice { get; init; } = "";
}
