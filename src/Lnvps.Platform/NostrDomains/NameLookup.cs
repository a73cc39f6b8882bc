using System.Net;
using DnsClient;
using DnsClient.Protocol;

namespace Lnvps.Platform.NostrDomains;

/// <summary>Asks the resolvers of this machine, or those it is given, for the addresses of a name; neither the hosts file nor a cache of its own has a say.</summary>
public sealed class NameLookup
{
    /// <summary>How long one name may take.</summary>
    static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    readonly LookupClient _client;

    public NameLookup(params IPEndPoint[] resolvers)
    {
        var options = resolvers.Length == 0 ? new LookupClientOptions() : new LookupClientOptions(resolvers);
        options.UseCache = false;
        options.ThrowDnsErrors = false;
        options.Timeout = TimeSpan.FromSeconds(2);
        options.Retries = 1;
        _client = new LookupClient(options);
    }

    /// <summary>IPv4 and IPv6 addresses of a name, aliases followed. Empty: an authority says that there are none. Null: it could not be told.</summary>
    public async Task<IReadOnlyCollection<IPAddress>?> AddressesOf(string name, CancellationToken stop)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(Limit);
        var answers = await Task.WhenAll(Ask(name, QueryType.A, limit.Token, stop), Ask(name, QueryType.AAAA, limit.Token, stop));
        var found = answers.SelectMany(answer => answer ?? []).ToList();
        return found.Count == 0 && answers.Contains(null) ? null : found;
    }

    async Task<IReadOnlyCollection<IPAddress>?> Ask(string name, QueryType type, CancellationToken limit, CancellationToken stop)
    {
        try
        {
            var answer = await _client.QueryAsync(name, type, QueryClass.IN, limit);
            return answer.Header.ResponseCode is DnsHeaderResponseCode.NoError or DnsHeaderResponseCode.NotExistentDomain
                ? answer.Answers.OfType<AddressRecord>().Select(record => record.Address).ToList()
                : null;
        }
        catch (Exception error) when (error is DnsResponseException or OperationCanceledException && !stop.IsCancellationRequested)
        {
            return null;
        }
    }
}
