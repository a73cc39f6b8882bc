using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Lnvps.Core.Outcomes;

namespace Lnvps.Platform.Telemetry;

/// <summary>
/// What happens in this process, as instruments. A label has few values: kinds, steps, hosts, states; never ids of customers, machines or payments.
/// </summary>
public sealed class ShopMetrics : IDisposable
{
    const string Second = "s";

    // From a loopback call to an image that is downloaded.
    static readonly double[] WorkBounds = [0.005, 0.025, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 600];

    readonly ConcurrentDictionary<string, long> _lastGoodRounds = [];
    readonly Histogram<double> _steps;
    readonly Counter<long> _stepEnds;
    readonly Counter<long> _ended;
    readonly Counter<long> _payments;
    readonly Histogram<double> _lag;
    readonly Counter<long> _streamLosses;
    readonly Histogram<double> _rounds;
    readonly Histogram<double> _hostCalls;
    volatile bool _streaming;

    public ShopMetrics()
    {
        var advice = new InstrumentAdvice<double> { HistogramBucketBoundaries = WorkBounds };
        _steps = Meter.CreateHistogram("lnvps.workflow.step.duration", Second, "Time that one attempt at a step of a workflow took.", null, advice);
        _stepEnds = Meter.CreateCounter<long>("lnvps.workflow.steps", null, "Attempts at steps of workflows by outcome: done, retried, failed.");
        _ended = Meter.CreateCounter<long>("lnvps.workflows.ended", null, "Workflows that ended in this process, by state: succeeded, undone, failed.");
        _payments = Meter.CreateCounter<long>("lnvps.payments.completed", null, "Payments that this process completed.");
        _lag = Meter.CreateHistogram("lnvps.settlement.lag", Second, "Time from the settlement at the node to the completed payment.", null, advice);
        _streamLosses = Meter.CreateCounter<long>("lnvps.lightning.stream.losses", null, "How often the node's stream of settled invoices ended.");
        _rounds = Meter.CreateHistogram("lnvps.worker.round.duration", Second, "Time that one round of the worker took.", null, advice);
        _hostCalls = Meter.CreateHistogram("lnvps.host.call.duration", Second, "Time that hosts took to answer, by outcome: ok, passing, final, cancelled.", null, advice);
        Meter.CreateObservableGauge("lnvps.lightning.stream.up", () => _streaming ? 1 : 0, null, "Whether the node's stream of settled invoices is open.");
        var version = typeof(ShopMetrics).Assembly.GetName().Version?.ToString(3);
        Meter.CreateObservableGauge("lnvps.build.info", () => new Measurement<int>(1, new KeyValuePair<string, object?>("version", version)), null, "Which version runs.");
        Meter.CreateObservableGauge("lnvps.worker.round.last_success.timestamp", LastGoodRounds, Second, "When a round of the worker last ended well, in seconds since 1970.");
    }

    /// <summary>Of this shop alone: a process may hold several.</summary>
    public Meter Meter { get; } = new("Lnvps");

    /// <param name="deed"><c>do</c> or <c>undo</c>.</param>
    /// <param name="outcome"><c>done</c>, <c>retried</c> or <c>failed</c>.</param>
    public void StepEnded(string kind, string step, string deed, string outcome, TimeSpan took)
    {
        _stepEnds.Add(1, new("kind", kind), new("step", step), new("deed", deed), new("outcome", outcome));
        _steps.Record(took.TotalSeconds, new("kind", kind), new("step", step), new("deed", deed));
    }

    /// <param name="state"><c>succeeded</c>, <c>undone</c> or <c>failed</c>.</param>
    public void WorkflowEnded(string kind, string state) => _ended.Add(1, new("kind", kind), new KeyValuePair<string, object?>("state", state));

    public void PaymentCompleted(string method, string kind) => _payments.Add(1, new("method", method), new KeyValuePair<string, object?>("kind", kind));

    /// <param name="lag">Not negative; what two clocks disagree about counts as nothing.</param>
    public void Settled(TimeSpan lag) => _lag.Record(Math.Max(0, lag.TotalSeconds));

    public void StreamOpened() => _streaming = true;

    public void StreamLost()
    {
        _streaming = false;
        _streamLosses.Add(1);
    }

    /// <param name="round">Name of the loop.</param>
    /// <param name="now">Of the real clock; null when the round failed.</param>
    public void RoundEnded(string round, TimeSpan took, DateTimeOffset? now)
    {
        _rounds.Record(took.TotalSeconds, new("round", round), new KeyValuePair<string, object?>("outcome", now is null ? "failed" : "done"));
        if (now is { } moment)
            _lastGoodRounds[round] = moment.ToUnixTimeSeconds();
    }

    /// <param name="fault">Null = it answered.</param>
    public void HostAnswered(string host, string operation, Exception? fault, TimeSpan took)
    {
        var outcome = fault switch
        {
            null => "ok",
            OutsideFault { IsTransient: false } => "final",
            OperationCanceledException => "cancelled",
            _ => "passing",
        };
        _hostCalls.Record(took.TotalSeconds, new("host", host), new("operation", operation), new("outcome", outcome));
    }

    public void Dispose() => Meter.Dispose();

    IEnumerable<Measurement<long>> LastGoodRounds() => _lastGoodRounds.Select(round => new Measurement<long>(round.Value, new KeyValuePair<string, object?>("round", round.Key)));
}
