using System.Globalization;
using Lnvps.Core.Money;
using Lnvps.Core.Outcomes;
using Lnvps.Platform.Rates;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace Lnvps.Platform.Sharing;

/// <summary>
/// Exchange rates that the processes of a shop share (billing.md section 2): one asks the source and publishes, all price with the same. To be asked every
/// <see cref="LookEvery"/>. Without Redis each process asks the source itself, at the pace it always had.
/// </summary>
public sealed partial class SharedRates(IRateSource source, SharedStore store, TimeProvider time, ILogger<SharedRates> log) : IRateSource
{
    /// <summary>How soon a process prices with what another has published.</summary>
    public static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(10);

    /// <summary>How long nobody else asks the source after one has begun to.</summary>
    static readonly TimeSpan Turn = TimeSpan.FromSeconds(20);

    static readonly Currency[] Fiats = [.. Enum.GetValues<Currency>().Where(currency => currency != Currency.BTC)];

    /// <summary>What the source gave last; empty while it was never asked.</summary>
    HashSet<Currency> _expected = [];
    long? _askedAt;
    bool _hasRates;

    public async Task<IReadOnlyList<FetchedRate>> Fetch(CancellationToken stop)
    {
        var rates = await FetchFrom(await Read(), stop);
        _hasRates |= rates.Count > 0;
        return rates;
    }

    async Task<IReadOnlyList<FetchedRate>> FetchFrom(List<FetchedRate>? shared, CancellationToken stop)
    {
        if (shared is { Count: > 0 } && AreFresh(shared))
            return shared;
        if (!await IsMyTurn(shared))
            return shared ?? [];
        _askedAt = time.GetTimestamp();
        try
        {
            var fetched = await source.Fetch(stop);
            _expected = [.. fetched.Select(rate => rate.Rate.Fiat)];
            await Publish(fetched);
            return fetched;
        }
        catch (OutsideFault fault) when (shared is { Count: > 0 })
        {
            LogFailed(log, fault);
            return shared;
        }
    }

    /// <summary>
    /// The oldest rate counts, and a missing one is too old: somebody may publish one pair again and again. Pairs that the source does not have are not waited for.
    /// </summary>
    bool AreFresh(List<FetchedRate> shared)
    {
        var counting = _expected.Count == 0 ? shared : shared.FindAll(rate => _expected.Contains(rate.Rate.Fiat));
        return counting.Count >= _expected.Count && counting.TrueForAll(rate => rate.Age < RateBook.RefreshEvery);
    }

    /// <summary>Who never had a rate does not wait for others; nor does anybody while they cannot be heard.</summary>
    async Task<bool> IsMyTurn(List<FetchedRate>? shared)
    {
        if (shared is null)
            return _askedAt is not { } at || time.GetElapsedTime(at) >= RateBook.RefreshEvery;
        var isMine = !_hasRates && shared.Count == 0;
        return await store.Try(async redis => isMine |= await redis.StringSetAsync("exchange_rate_turn", "", Turn, When.NotExists)) && isMine;
    }

    /// <summary>What is published and not stale; null when Redis does not answer. The pairs are known, so no keys are searched for.</summary>
    async Task<List<FetchedRate>?> Read()
    {
        List<FetchedRate>? rates = null;
        await store.Try(async redis =>
        {
            var values = redis.StringGetAsync([.. Fiats.Select(RateKey), .. Fiats.Select(SourceKey)]);
            var lifetimes = Fiats.Select(fiat => redis.KeyTimeToLiveAsync(RateKey(fiat))).ToList();
            var (found, left) = (await values, await Task.WhenAll(lifetimes));
            var read = new List<FetchedRate>();
            for (var i = 0; i < Fiats.Length; i++)
            {
                // How long a rate may still live tells how old it is; one without an end, or with one further away than ours, may be of any age.
                if (found[i].HasValue && left[i] is { } lifetime && lifetime <= RateBook.StaleAfter && ExchangeRate.TryParse(Fiats[i], found[i].ToString(), out var rate))
                    read.Add(new FetchedRate(rate, SourceOf(found[Fiats.Length + i]), RateBook.StaleAfter - lifetime));
            }
            rates = read;
        });
        return rates;
    }

    Task<bool> Publish(IReadOnlyList<FetchedRate> rates) => store.Try(redis => Task.WhenAll(rates.Where(rate => rate.Age < RateBook.StaleAfter).SelectMany(rate => new[]
    {
        redis.StringSetAsync(RateKey(rate.Rate.Fiat), rate.Rate.PerBitcoin.ToString(CultureInfo.InvariantCulture), RateBook.StaleAfter - rate.Age),
        redis.StringSetAsync(SourceKey(rate.Rate.Fiat), rate.Source, RateBook.StaleAfter - rate.Age),
    })));

    // Other programs of the same Redis publish rates without telling from where.
    static string SourceOf(RedisValue source) => source.IsNullOrEmpty ? "shared" : source.ToString();

    static RedisKey RateKey(Currency fiat) => $"exchange_rate:BTC/{fiat.Code()}";

    static RedisKey SourceKey(Currency fiat) => $"exchange_rate_source:BTC/{fiat.Code()}";

    [LoggerMessage(Level = LogLevel.Warning, Message = "Exchange rates could not be refreshed; those that were shared are used until they are stale")]
    static partial void LogFailed(ILogger logger, Exception error);
}
