using System.Text;
using Lnvps.Core.Accounts;
using Lnvps.Core.Money;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Taxes;
using Lnvps.Hosting.Http;
using Lnvps.Platform.Taxes;
using Lnvps.Testing.Http;
using Microsoft.Extensions.Logging.Abstractions;

namespace Lnvps.Platform.Tests.Taxes;

public class TaxBookTests
{
    const string Published = """
        {"last_updated":"2026-01-01T00:00Z","rates":{"IE":{"country":"Ireland","standard_rate":23.0,"reduced_rate":13.5},"EL":{"standard_rate":24},
         "DE":{"standard_rate":19},"UK":{"standard_rate":20},"FR":{"standard_rate":"20"},"XX":7,"AT":{"standard_rate":false}}}
        """;

    static readonly TaxSeller Irish = new(TaxId: null, "IRL");

    [Fact]
    public void The_static_table_taxes_by_the_declared_country_only()
    {
        var book = TaxBook.Of(new TaxTable(new Dictionary<string, Percent> { ["IE"] = new(23) }));
        var evidence = new TaxEvidence("IRL", "DEU", "IE1234567T");

        Assert.Equal(new TaxDecision(new Percent(23), "IRL", TaxTreatment.Table, evidence), book.Decide(Irish, evidence).Value);
        Assert.Equal(Percent.Zero, book.Decide(Irish, new TaxEvidence("DEU", "IRL", "IE1234567T")).Value.Rate);
        Assert.Equal((Percent.Zero, null), (book.Decide(Irish, TaxEvidence.None).Value.Rate, book.Decide(Irish, TaxEvidence.None).Value.Country));
    }

    [Fact]
    public void Published_rates_are_read_leniently()
    {
        var rates = VatRateBook.Read(Encoding.UTF8.GetBytes(Published));
        Assert.Equal(3, rates.Count);
        Assert.Equal(new Percent(24), rates.Of(Country.TryParse("GR", out var greece) ? greece : default).Value);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{\"rates\":[1]}")]
    [InlineData("{\"rates\":{\"IE\":")]
    public void Something_else_has_no_rates(string json) => Assert.Equal(0, VatRateBook.Read(Encoding.UTF8.GetBytes(json)).Count);

    [Fact]
    public async Task Nothing_is_priced_until_a_table_is_loaded_and_a_failed_refresh_keeps_it()
    {
        var answer = (Status: 503, Json: "{}");
        await using var server = await LoopbackServer.Start(context => LoopbackServer.Json(context, answer.Status, answer.Json));
        using var http = OutgoingHttp.ForCalls();
        using var rates = new VatRateBook(http, server.Address, TimeProvider.System, NullLogger<VatRateBook>.Instance);
        var book = TaxBook.Of(rates);

        Assert.False(await rates.Refresh(default));
        Assert.Equal(RefusalKind.Unavailable, book.Decide(Irish, TaxEvidence.None).Refusal!.Kind);

        answer = (200, Published);
        Assert.True(await rates.Refresh(default));
        Assert.Equal(new Percent(19), book.Decide(Irish, new TaxEvidence("DEU", IpCountry: null, VatNumber: null)).Value.Rate);

        foreach (var bad in new[] { (200, "{}"), (200, "not JSON"), (500, Published), (302, Published) })
        {
            answer = bad;
            Assert.False(await rates.Refresh(default));
            Assert.Equal(new Percent(23), book.Decide(Irish, TaxEvidence.None).Value.Rate);
        }
    }
}
