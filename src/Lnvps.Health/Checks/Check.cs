using System.Net.Sockets;

namespace Lnvps.Health.Checks;

/// <summary>What became of a check (health.md section 1).</summary>
enum CheckState
{
    Passed,

    /// <summary>There was nothing to look at, such as no address of the family. Counts as passed.</summary>
    Skipped,

    /// <summary>The check looked and does not like what it saw.</summary>
    Failed,

    /// <summary>The check could not look.</summary>
    Error,
}

/// <summary>IP version; <c>v4</c> or <c>v6</c> in names and labels.</summary>
enum Family
{
    V4,
    V6,
}

static class FamilyText
{
    public static string Text(this Family family) => family == Family.V4 ? "v4" : "v6";

    public static AddressFamily Sockets(this Family family) => family == Family.V4 ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6;
}

/// <summary>One thing to look at, again and again.</summary>
interface ICheck
{
    /// <summary>Unique in the program. Never taken apart: addresses have colons too.</summary>
    string Id { get; }

    /// <summary>For people.</summary>
    string Name { get; }

    /// <summary>Longest time that one run may take.</summary>
    TimeSpan Limit { get; }

    /// <summary>Looks once. What it throws counts as an error of the check.</summary>
    Task<CheckResult> Run(CancellationToken stop);
}

/// <param name="Message">One line for logs, table and e-mail.</param>
/// <param name="Details">More lines for the e-mail; null = none.</param>
/// <param name="Readings">What was measured, also when that is bad; empty when nothing could be measured.</param>
sealed record CheckResult(CheckState State, string Message, string? Details, IReadOnlyList<Reading> Readings)
{
    public bool IsGood => State is CheckState.Passed or CheckState.Skipped;

    public static CheckResult Error(string message) => new(CheckState.Error, message, null, []);

    public static CheckResult Skipped(string message) => new(CheckState.Skipped, message, null, []);
}

/// <summary>What can be measured (health.md section 5).</summary>
enum Measure
{
    /// <summary>Bytes.</summary>
    Mss,

    /// <summary>Bytes.</summary>
    PathMtu,

    /// <summary>Seconds.</summary>
    DnsLatency,
}

/// <param name="Labels">Names and values, in the order of health.md section 5.</param>
readonly record struct Reading(Measure Measure, IReadOnlyList<(string Name, string Value)> Labels, double Value);

/// <summary>A check that has run.</summary>
/// <param name="Ended">Unix time, s.</param>
/// <param name="Took">How long it ran.</param>
sealed record CheckRun(ICheck Check, CheckResult Result, double Ended, TimeSpan Took);
