using System.Net;

namespace Lnvps.Health.Dns;

/// <summary>What a server said to one question, or why there is nothing.</summary>
/// <param name="Addresses">Aliases followed; empty when the name has none of this type.</param>
/// <param name="Problem">Error answer, silence…; null when the server answered.</param>
/// <param name="Latency">From the first packet of the try that succeeded to its answer; null with a problem.</param>
sealed record DnsAnswer(IReadOnlyList<IPAddress> Addresses, string? Problem, TimeSpan? Latency)
{
    public static DnsAnswer Of(IReadOnlyList<IPAddress> addresses, TimeSpan latency) => new(addresses, null, latency);

    public static DnsAnswer Failed(string problem) => new([], problem, null);
}
