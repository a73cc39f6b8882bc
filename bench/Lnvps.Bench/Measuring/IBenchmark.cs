namespace Lnvps.Bench.Measuring;

/// <summary>One hot path, in a file of its own. Add it to <see cref="Benchmarks.All"/>.</summary>
interface IBenchmark
{
    /// <summary>One word in lower case: how it is chosen on the command line.</summary>
    string Name { get; }

    /// <summary>What is compared with what.</summary>
    string About { get; }

    /// <summary>Measures; one finding for each goal.</summary>
    Task<IReadOnlyList<Finding>> Measure(CancellationToken stop);

    /// <summary>What takes little time and does not depend on the machine's load, above all allocation budgets: the build server's gate. None by default.</summary>
    Task<IReadOnlyList<Finding>> Check(CancellationToken stop) => Task.FromResult<IReadOnlyList<Finding>>([]);
}

/// <summary>A measured value and the most it may be.</summary>
/// <param name="What">What was measured, in a few words without line ends.</param>
/// <param name="Value">The value.</param>
/// <param name="Goal">The highest value that is still good.</param>
/// <param name="Unit">Unit of both; empty for ratios.</param>
/// <param name="Note">Raw figures behind it, for a reader who doubts.</param>
sealed record Finding(string What, double Value, double Goal, string Unit = "", string Note = "")
{
    public bool IsGood => Value <= Goal;

    /// <summary><c>name value goal ok|miss</c>, then the note.</summary>
    public override string ToString()
    {
        var unit = Unit.Length == 0 ? "" : $" {Unit}";
        var note = Note.Length == 0 ? "" : $"  ({Note})";
        return $"{What,-40} {Value,10:0.###}{unit}  goal <= {Goal:0.###}{unit}  {(IsGood ? "ok" : "miss")}{note}";
    }
}
