using System.Net;
using DnsClient;
using Lnvps.Health.Checks;

namespace Lnvps.Health.Dns;

/// <summary>Whether a DNS server knows a name, over one IP version (health.md section 3).</summary>
/// <param name="server">As configured; an address.</param>
/// <param name="family">How the server is reached, not what it is asked for.</param>
/// <param name="expected">Addresses that the answer must have.</param>
/// <param name="patience">How long each try may take.</param>
sealed class DnsCheck(string name, string server, IPEndPoint address, Family family, string query, IReadOnlyCollection<IPAddress> expected, TimeSpan patience) : ICheck
{
    /// <summary>Where DNS servers listen.</summary>
    public const int Port = 53;

    readonly DnsQuestion _question = new(address, query, patience);
    readonly (string, string)[] _labels = [("server", server), ("query", query), ("family", family.Text())];

    public string Id { get; } = $"dns:{server}:{query}:{family.Text()}";

    public string Name { get; } = $"{name} ({family.Text()})";

    public TimeSpan Limit { get; } = (DnsQuestion.Retries + 1) * patience + TimeSpan.FromSeconds(1);

    public async Task<CheckResult> Run(CancellationToken stop)
    {
        var answers = await Task.WhenAll(_question.Ask(QueryType.A, stop), _question.Ask(QueryType.AAAA, stop));
        var (state, message) = DnsRules.Judge(answers[0], answers[1], expected);
        var details = state == CheckState.Failed ? $"Server: {server}\nQuery: {query}" : null;
        return new CheckResult(state, $"{query} at {server}: {message}", details,
            DnsRules.LatencyOf(answers[0], answers[1]) is { } latency ? [new Reading(Measure.DnsLatency, _labels, latency.TotalSeconds)] : []);
    }
}
