using Lnvps.Health.Checks;

namespace Lnvps.Health.Tests;

/// <summary>A check that does what it is told.</summary>
sealed class SomeCheck(string id, Func<CancellationToken, Task<CheckResult>> run) : ICheck
{
    public string Id => id;

    public string Name => $"{id} (v4)";

    public TimeSpan Limit { get; init; } = TimeSpan.FromSeconds(15);

    public Task<CheckResult> Run(CancellationToken stop) => run(stop);

    public static CheckResult Passed(params Reading[] readings) => new(CheckState.Passed, "fine", null, readings);

    public static CheckResult Failed(string? details = null) => new(CheckState.Failed, "bad", details, []);

    /// <summary>A run of a check with this result.</summary>
    public static CheckRun Ran(string id, CheckResult result) =>
        new(new SomeCheck(id, _ => Task.FromResult(result)), result, 1_770_000_000.5, TimeSpan.FromMilliseconds(250));
}
