using Lnvps.Core.Money;
using Lnvps.Core.Outcomes;
using Microsoft.Extensions.Logging;

namespace Lnvps.Platform.Rates;

/// <summary>
/// The exchange rates this process prices with: refreshed every 120 s, treated as absent once they are older than 300 s (billing.md section 2).
/// Ages are measured on the real clock.
/// </summary>
public sealed partial class RateBook(IRateSource source, TimeProvider time, ILogger<RateBook> log)
{
    public static readonly TimeSpan RefreshEvery = TimeSpan.FromSeconds(120);
    static readonly TimeSpan StaleAfter = TimeSpan.FromSeconds(300);

    readonly Lock _gate = new();
    readonly Dictionary<Currency, (ExchangeRate Rate, long At)> _rates = [];

    /// <summary>The rates that are fresh now.</summary>
    public ExchangeRates Current
    {
        get
        {
            lock (_gate)
                return new ExchangeRates(_rates.Values.Where(entry => time.GetElapsedTime(entry.At) < StaleAfter).Select(entry => entry.Rate));
        }
    }

    /// <summary>Fetches once; a failure is logged and leaves the old values, which age.</summary>
    public async Task Refresh(CancellationToken stop)
    {
        try
        {
            var fetched = await source.Fetch(stop);
            var now = time.GetTimestamp();
            lock (_gate)
            {
                foreach (var rate in fetched)
                    _rates[rate.Fiat] = (rate, now);
            }
        }
        catch (OutsideFault fault)
        {
            LogFailed(log, fault);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Exchange rates could not be refreshed")]
    static partial void LogFailed(ILogger logger, Exception error);
}
