using System.Text;
using Lnvps.Core.Money;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Time;
using Lnvps.Hosting.Http;
using Lnvps.Platform.Rates;
using Lnvps.Testing.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Lnvps.Platform.Tests.Rates;

public class RateBookTests
{
    sealed class Source : IRateSource
    {
        public decimal? Euro { get; set; } = 95_000m;

        public TimeSpan Age { get; set; }

        public Task<IReadOnlyList<FetchedRate>> Fetch(CancellationToken stop) => Euro is { } rate
            ? Task.FromResult<IReadOnlyList<FetchedRate>>([new FetchedRate(new ExchangeRate(Currency.EUR, rate), "source", Age)])
            : throw OutsideFault.Transient("down");
    }

    [Fact]
    public async Task A_failed_refresh_keeps_the_old_rate_until_it_is_stale()
    {
        var time = new FakeTimeProvider();
        var source = new Source();
        var book = new RateBook(source, time, NullLogger<RateBook>.Instance);
        await book.Refresh(default);

        source.Euro = null;
        time.Advance(TimeSpan.FromSeconds(299));
        await book.Refresh(default);
        Assert.Equal(95_000m, book.Current.Of(Currency.EUR).Value.PerBitcoin);

        time.Advance(TimeSpan.FromSeconds(1));
        var stale = book.Current.Of(Currency.EUR);
        Assert.Equal(RefusalKind.Unavailable, stale.Refusal!.Kind);
        Assert.Equal("No exchange rate found for BTC/EUR", stale.Refusal.Message);
    }

    [Fact]
    public async Task A_shared_rate_is_as_old_as_its_reading_and_replaces_no_younger_one()
    {
        var time = new FakeTimeProvider(DateTimeOffset.FromUnixTimeSeconds(1_771_495_200));
        var source = new Source { Age = TimeSpan.FromSeconds(200) };
        var book = new RateBook(source, time, NullLogger<RateBook>.Instance);
        await book.Refresh(default);
        Assert.Equal(new RateQuote(new ExchangeRate(Currency.EUR, 95_000m), new Instant(1_771_495_000), "source"), book.Current.QuoteBetween(Currency.EUR, Currency.BTC));

        (source.Euro, source.Age) = (90_000m, TimeSpan.FromSeconds(250));
        await book.Refresh(default);
        Assert.Equal(95_000m, book.Current.Of(Currency.EUR).Value.PerBitcoin);

        time.Advance(TimeSpan.FromSeconds(100));
        Assert.False(book.Current.TryGet(Currency.EUR, out _));

        (source.Euro, source.Age) = (91_000m, TimeSpan.FromSeconds(10));
        await book.Refresh(default);
        Assert.Equal(91_000m, book.Current.Of(Currency.EUR).Value.PerBitcoin);
    }

    [Fact]
    public async Task Rates_are_read_at_start_and_every_two_minutes_whatever_goes_wrong()
    {
        var answer = (Status: 200, Json: """{"time":1,"EUR":95000.5}""");
        var asked = 0;
        await using var server = await LoopbackServer.Start(context =>
        {
            Interlocked.Increment(ref asked);
            return LoopbackServer.Json(context, answer.Status, answer.Json);
        });
        using var http = OutgoingHttp.ForCalls();
        var time = new FakeTimeProvider();
        var book = new RateBook(new PublishedRates(http, server.Address), time, NullLogger<RateBook>.Instance);
        using var refresh = new RateRefresh(book, time, NullLogger<RateRefresh>.Instance);
        await refresh.StartAsync(default);
        await Until(() => book.Current.TryGet(Currency.EUR, out _));

        foreach (var bad in new[] { (500, "{}"), (200, "no JSON"), (200, "{}") })
        {
            (answer, var before) = (bad, asked);
            time.Advance(TimeSpan.FromSeconds(120));
            await Until(() => asked > before);
        }
        await Until(() => !book.Current.TryGet(Currency.EUR, out _));
        answer = (200, """{"EUR":96000}""");
        time.Advance(TimeSpan.FromSeconds(120));
        await Until(() => book.Current.TryGet(Currency.EUR, out var rate) && rate.PerBitcoin == 96_000);
        Assert.Equal("127.0.0.1", book.Current.QuoteBetween(Currency.BTC, Currency.EUR)!.Source);
        await refresh.StopAsync(default);
    }

    static async Task Until(Func<bool> condition)
    {
        for (var i = 0; !condition(); i++)
        {
            Assert.True(i < 1000, "it did not happen");
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        }
    }

    [Fact]
    public void Feed_keeps_finite_numbers_above_zero_of_known_currencies()
    {
        var rates = PublishedRates.Read(Encoding.UTF8.GetBytes("""
            {"time":1703252411,"USD":43753.5,"EUR":0,"GBP":-1,"CAD":"58123","CHF":null,"AUD":1e4,"JPY":6.2e6,"BTC":1,"XYZ":5}
            """));

        Assert.Equal([(Currency.USD, 43753.5m), (Currency.AUD, 10_000m), (Currency.JPY, 6_200_000m)], rates.Select(rate => (rate.Fiat, rate.PerBitcoin)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[1]")]
    [InlineData("{\"EUR\":")]
    public void Feed_of_another_shape_gives_no_rates(string json) => Assert.Empty(PublishedRates.Read(Encoding.UTF8.GetBytes(json)));
}
