using System.Text;
using Lnvps.Core.Money;
using Lnvps.Core.Outcomes;
using Lnvps.Platform.Rates;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Lnvps.Platform.Tests.Rates;

public class RateBookTests
{
    sealed class Source : IRateSource
    {
        public decimal? Euro { get; set; } = 95_000m;

        public Task<IReadOnlyList<ExchangeRate>> Fetch(CancellationToken stop) => Euro is { } rate
            ? Task.FromResult<IReadOnlyList<ExchangeRate>>([new ExchangeRate(Currency.EUR, rate)])
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
