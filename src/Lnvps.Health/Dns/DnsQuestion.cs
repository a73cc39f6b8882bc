using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using DnsClient;
using DnsClient.Protocol;

namespace Lnvps.Health.Dns;

/// <summary>
/// Asks one server for the addresses of one name: by UDP, by TCP when the answer does not fit, with recursion desired; nobody else is asked, and nothing is
/// remembered.
/// </summary>
/// <param name="patience">How long each try may take.</param>
sealed class DnsQuestion(IPEndPoint server, string name, TimeSpan patience)
{
    /// <summary>After the first try.</summary>
    public const int Retries = 2;

    // One try is one question: repetitions are ours, since the latency is that of the try that succeeded.
    readonly LookupClient _client = new(new LookupClientOptions(new NameServer(server))
    {
        UseCache = false,
        Recursion = true,
        Retries = 0,
        Timeout = patience,
        ThrowDnsErrors = false,
        UseTcpFallback = true,
    });

    /// <param name="type">A or AAAA.</param>
    public async Task<DnsAnswer> Ask(QueryType type, CancellationToken stop)
    {
        var problem = "";
        for (var attempt = 0; attempt <= Retries; attempt++)
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
            limit.CancelAfter(patience);
            var started = Stopwatch.GetTimestamp();
            try
            {
                var answer = await _client.QueryAsync(name, type, QueryClass.IN, limit.Token).WaitAsync(limit.Token);
                var latency = Stopwatch.GetElapsedTime(started);
                // A server that says no says so for good; one that says nothing is asked again.
                return answer.Header.ResponseCode == DnsHeaderResponseCode.NoError
                    ? DnsAnswer.Of([.. answer.Answers.OfType<AddressRecord>().Select(record => record.Address)], latency)
                    : DnsAnswer.Failed($"the server answered {Error(answer.Header.ResponseCode)}");
            }
            catch (Exception error) when (error is DnsResponseException or DnsXidMismatchException or SocketException or OperationCanceledException or TimeoutException
                && !stop.IsCancellationRequested)
            {
                problem = Reason(error);
            }
        }
        return DnsAnswer.Failed($"{problem} ({Retries + 1} tries)");
    }

    static string Reason(Exception error) => error switch
    {
        OperationCanceledException or TimeoutException or DnsResponseException { Code: DnsResponseCode.ConnectionTimeout } => "no answer in time",
        DnsXidMismatchException => "the answer belongs to another question",
        { InnerException: SocketException inner } => inner.Message,
        _ => error.Message,
    };

    static string Error(DnsHeaderResponseCode code) => code switch
    {
        DnsHeaderResponseCode.NotExistentDomain => "that the name does not exist (NXDOMAIN)",
        DnsHeaderResponseCode.ServerFailure => "that it failed (SERVFAIL)",
        DnsHeaderResponseCode.Refused => "that it refuses (REFUSED)",
        _ => $"with the error {code}",
    };
}
