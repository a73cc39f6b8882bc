using System.Text.Json;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Taxes;
using Lnvps.Hosting.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Lnvps.Platform.Taxes;

/// <summary>
/// The EU's standard VAT rates in memory, read at start and daily from a published table (billing.md section 6.4). A failed reading leaves the old table; while
/// there is none, it is tried every minute.
/// </summary>
public sealed partial class VatRateBook(HttpClient http, Uri url, TimeProvider time, ILogger<VatRateBook> log) : BackgroundService
{
    const int MaxBytes = 1024 * 1024;
    static readonly TimeSpan RefreshEvery = TimeSpan.FromDays(1);
    static readonly TimeSpan RetryEvery = TimeSpan.FromMinutes(1);

    EuVatRates? _current;

    /// <summary>Null until the first table is read.</summary>
    public EuVatRates? Current => Volatile.Read(ref _current);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var pause = await Refresh(stoppingToken) ? RefreshEvery : RetryEvery;
            await Task.Delay(pause, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Reads the table once; false when it could not be read.</summary>
    public async Task<bool> Refresh(CancellationToken stop)
    {
        try
        {
            var rates = await Fetch(stop);
            Volatile.Write(ref _current, rates);
            return true;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return false;
        }
        catch (OutsideFault fault)
        {
            LogFailed(log, fault);
            return false;
        }
    }

    async Task<EuVatRates> Fetch(CancellationToken stop)
    {
        var json = await http.Fetch(url, "The table of VAT rates", MaxBytes, stop);
        return Read(json) is { Count: > 0 } rates ? rates : throw OutsideFault.Fatal("The table of VAT rates is not understood");
    }

    /// <summary>Reads <c>rates.CODE.standard_rate</c>; unknown codes and other fields are skipped. Empty when the JSON is something else.</summary>
    public static EuVatRates Read(ReadOnlyMemory<byte> json)
    {
        var found = new Dictionary<string, decimal>();
        try
        {
            using var document = JsonDocument.Parse(json);
            if (document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("rates", out var rates)
                && rates.ValueKind == JsonValueKind.Object)
            {
                foreach (var country in rates.EnumerateObject())
                {
                    if (country.Value.ValueKind == JsonValueKind.Object && country.Value.TryGetProperty("standard_rate", out var rate)
                        && rate.ValueKind == JsonValueKind.Number && rate.TryGetDecimal(out var percent))
                        found[country.Name] = percent;
                }
            }
        }
        catch (JsonException)
        {
            found.Clear();
        }
        return new EuVatRates(found);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The EU's VAT rates could not be refreshed")]
    static partial void LogFailed(ILogger logger, Exception error);
}
