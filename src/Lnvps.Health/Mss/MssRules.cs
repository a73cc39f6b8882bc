using System.Globalization;
using Lnvps.Health.Checks;

namespace Lnvps.Health.Mss;

/// <summary>What Linux tells about a connection; sizes in bytes.</summary>
/// <param name="SendMss">TCP_MAXSEG: already less the options of every segment; null = not told.</param>
/// <param name="HasTimestamps">Both ends agreed on TCP timestamps.</param>
/// <param name="PathMtu">What the kernel knows of the path; null = not told.</param>
readonly record struct ConnectionSizes(int? SendMss, bool HasTimestamps, int? PathMtu)
{
    /// <summary>Bytes of the timestamps option in every segment, with its padding (RFC 7323).</summary>
    const int TimestampBytes = 12;

    /// <summary>The MSS as the ends negotiated it, that is with timestamps not taken off.</summary>
    public int? Mss => HasTimestamps ? SendMss + TimestampBytes : SendMss;
}

/// <summary>A connection that a check made.</summary>
/// <param name="Target">Host and port as configured.</param>
/// <param name="Address">Address and port that were connected to.</param>
/// <param name="Expected">Least MSS, bytes.</param>
sealed record MssSighting(string Target, string Address, Family Family, int Expected, ConnectionSizes Sizes);

/// <summary>The verdict about a connection (health.md section 2.3).</summary>
static class MssRules
{
    const int HeadersV4 = 40;
    const int HeadersV6 = 60;

    /// <summary>Largest segment that fits the path, bytes; null when the path MTU is not known.</summary>
    public static int? LargestSegment(Family family, int? pathMtu) =>
        pathMtu is { } mtu ? Math.Max(0, mtu - (family == Family.V4 ? HeadersV4 : HeadersV6)) : null;

    /// <param name="readings">What the result carries as measured.</param>
    public static CheckResult Judge(MssSighting seen, IReadOnlyList<Reading> readings)
    {
        var path = seen.Sizes.PathMtu is { } mtu ? $", path MTU {Bytes(mtu)}" : "";
        if (seen.Sizes.Mss is not { } mss)
            return new CheckResult(CheckState.Failed, $"connected to {seen.Address}, but the MSS is not known{path}", null, readings);
        var summary = $"MSS {Bytes(mss)}, expected {Bytes(seen.Expected)}{path}, {seen.Address}";
        if (LargestSegment(seen.Family, seen.Sizes.PathMtu) is { } fitting && mss > fitting)
        {
            return new CheckResult(CheckState.Failed, $"MSS is larger than the path allows: {summary}",
                Details(seen, mss, $"Largest segment that fits the path: {Bytes(fitting)}\n",
                    "Full segments are fragmented or lost: connections open and then hang."), readings);
        }
        if (mss >= seen.Expected)
            return new CheckResult(CheckState.Passed, summary, null, readings);
        return new CheckResult(CheckState.Failed, $"MSS is too low: {summary}",
            Details(seen, mss, "", "Something on the way clamps the MSS or has a small MTU: customers may be slow, or unable to reach some destinations."), readings);
    }

    static string Details(MssSighting seen, int mss, string more, string consequence) =>
        $"Target: {seen.Target}\n" +
        $"Address: {seen.Address}\n" +
        $"MSS: {Bytes(mss)}, expected at least {Bytes(seen.Expected)}\n" +
        $"Path MTU: {(seen.Sizes.PathMtu is { } mtu ? Bytes(mtu) : "unknown")}\n" +
        $"{more}{consequence}";

    static string Bytes(int count) => string.Create(CultureInfo.InvariantCulture, $"{count} bytes");
}
