using System.Text.Json;
using Lnvps.Core.Money;
using Lnvps.Core.Outcomes;
using Lnvps.Hosting.Http;

namespace Lnvps.Platform.Rates;

/// <summary>A rate as a source gives it.</summary>
/// <param name="Source">Name of the source, shown with payments; no secrets.</param>
/// <param name="Age">How long ago the source itself was asked; above zero when the rate comes from a cache that processes share.</param>
public sealed record FetchedRate(ExchangeRate Rate, string Source, TimeSpan Age = default);

/// <summary>
/// Where exchange rates come from. A cache that processes share is a source around another one: it publishes what the inner one gives, and gives what others
/// published, with its age, when the inner one fails.
/// </summary>
public interface IRateSource
{
    /// <summary>The rates as published now; throws <see cref="OutsideFault"/> when the source cannot be read.</summary>
    Task<IReadOnlyList<FetchedRate>> Fetch(CancellationToken stop);
}

/// <summary>Rates from the configuration file, for development: they never go stale and ask nobody.</summary>
public sealed class FixedRates(IReadOnlyDictionary<string, decimal> unitsPerBitcoin) : IRateSource
{
    public Task<IReadOnlyList<FetchedRate>> Fetch(CancellationToken stop)
    {
        var rates = new List<FetchedRate>();
        foreach (var (code, units) in unitsPerBitcoin)
        {
            if (Currencies.TryParse(code, out var fiat) && fiat != Currency.BTC && units > 0)
                rates.Add(new FetchedRate(new ExchangeRate(fiat, units), "configuration"));
        }
        return Task.FromResult<IReadOnlyList<FetchedRate>>(rates);
    }
}

/// <summary>
/// A public price feed: a JSON object of units per BTC by currency code (billing.md section 2). Values that are not finite numbers above zero, and
/// keys that are no currency, are ignored.
/// </summary>
public sealed class PublishedRates(HttpClient http, Uri url) : IRateSource
{
    const int MaxBytes = 64 * 1024;

    public async Task<IReadOnlyList<FetchedRate>> Fetch(CancellationToken stop)
    {
        var rates = Read(await http.Fetch(url, "The exchange rate source", MaxBytes, stop));
        if (rates.Count == 0)
            throw OutsideFault.Fatal("The exchange rate source gives no rate that is understood");
        return [.. rates.Select(rate => new FetchedRate(rate, url.Host))];
    }

    /// <summary>Reads the feed's JSON; an empty list when it is something else.</summary>
    public static IReadOnlyList<ExchangeRate> Read(ReadOnlyMemory<byte> json)
    {
        var rates = new List<ExchangeRate>();
        try
        {
            using var document = JsonDocument.Parse(json);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                return rates;
            foreach (var property in document.RootElement.EnumerateObject())
            {
                if (property.Value.ValueKind == JsonValueKind.Number && Currencies.TryParse(property.Name, out var fiat)
                    && ExchangeRate.TryParse(fiat, property.Value.GetRawText(), out var rate))
                    rates.Add(rate);
            }
        }
        catch (JsonException)
        {
            rates.Clear();
        }
        return rates;
    }
}
