using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Lnvps.Health.Checks;

namespace Lnvps.Health.Dns;

/// <summary>The verdict about the answers of a server (health.md section 3.2).</summary>
static class DnsRules
{
    /// <param name="v4">Answer to the question for A records.</param>
    /// <param name="v6">Answer to the question for AAAA records.</param>
    /// <param name="expected">Every one must be in the answer; others may be.</param>
    public static (CheckState State, string Message) Judge(DnsAnswer v4, DnsAnswer v6, IReadOnlyCollection<IPAddress> expected)
    {
        if (v4.Problem is { } both && v6.Problem is not null)
            return (CheckState.Failed, both == v6.Problem ? both : $"A: {both}; AAAA: {v6.Problem}");
        if (v4.Problem is { } noA && expected.Any(address => address.AddressFamily == AddressFamily.InterNetwork))
            return (CheckState.Failed, $"A: {noA}; expected {List(expected)}");
        if (v6.Problem is { } noAaaa && expected.Any(address => address.AddressFamily == AddressFamily.InterNetworkV6))
            return (CheckState.Failed, $"AAAA: {noAaaa}; expected {List(expected)}");
        IPAddress[] found = [.. v4.Addresses, .. v6.Addresses];
        if (found.Length == 0)
            return (CheckState.Failed, "the answer has no addresses");
        if (expected.Except(found).Any())
            return (CheckState.Failed, $"expected {List(expected)}, the answer has {List(found)}");
        return (CheckState.Passed, $"{List(found)} after {Milliseconds(LatencyOf(v4, v6))} ms");
    }

    /// <summary>Of the first usable answer; null when there is none.</summary>
    public static TimeSpan? LatencyOf(DnsAnswer v4, DnsAnswer v6) => (v4.Latency, v6.Latency) switch
    {
        ({ } one, { } other) => one < other ? one : other,
        var (one, other) => one ?? other,
    };

    static string List(IEnumerable<IPAddress> addresses) => string.Join(", ", addresses);

    static string Milliseconds(TimeSpan? latency) => latency?.TotalMilliseconds.ToString("0.0", CultureInfo.InvariantCulture) ?? "?";
}
