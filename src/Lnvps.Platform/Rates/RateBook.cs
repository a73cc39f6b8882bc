using Lnvps.Core.Money;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Time;
using Microsoft.Extensions.Logging;

namespace Lnvps.Platform.Rates;

/// <summary>
/// The exchange rates this process prices with: refreshed every 120 s, treated as absent once they are older than 300 s (billing.md section 2).
/// Ages are measured on the real clock, and from when the source was asked, whoever asked it.
/// </summary>
public sealed partial class RateBook(IRateSource source, TimeProvider time, ILogger<RateBook> log)
{
    public static readonly TimeSpan RefreshEvery = TimeSpan.FromSeconds(120);

    /// <summary>A rate of this age is no rate.</summary>
    public static readonly TimeSpan StaleAfter = TimeSpan.FromSeconds(300);

    readonly Lock _gate = new();
    readonly Dictionary<Currency, Entry> _rates = [];

    readonly record struct Entry(RateQuote Quote, TimeSpan AgeWhenRead, long ReadAt);

    /// <summary>The rates that are fresh now.</summary>
    public ExchangeRates Current
    {
        get
        {
            lock (_gate)
                return new ExchangeRates(_rates.Values.Where(entry => Age(entry) < StaleAfter).Select(entry => entry.Quote));
        }
    }

    /// <summary>How old each rate is, stale ones too.</summary>
    public IReadOnlyList<(string Currency, TimeSpan Age)> Ages
    {
        get
        {
            lock (_gate)
                return [.. _rates.Select(rate => (rate.Key.Code(), Age(rate.Value)))];
        }
    }

    /// <summary>Fetches once; a failure is logged and leaves the old values, which age.</summary>
    public async Task Refresh(CancellationToken stop)
    {
        try
        {
            var fetched = await source.Fetch(stop);
            var (now, clock) = (time.GetTimestamp(), time.GetUtcNow());
            lock (_gate)
            {
                foreach (var (rate, name, age) in fetched)
                {
                    var entry = new Entry(new RateQuote(rate, Instant.From(clock - age), name), age, now);
                    if (!_rates.TryGetValue(rate.Fiat, out var known) || Age(known) >= Age(entry))
                        _rates[rate.Fiat] = entry;
                }
            }
        }
        catch (OutsideFault fault)
        {
            LogFailed(log, fault);
        }
    }

    // On the monotonic clock: setting the system's time back makes no rate young again.
    TimeSpan Age(Entry entry) => entry.AgeWhenRead + time.GetElapsedTime(entry.ReadAt);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Exchange rates could not be refreshed")]
    static partial void LogFailed(ILogger logger, Exception error);
}
