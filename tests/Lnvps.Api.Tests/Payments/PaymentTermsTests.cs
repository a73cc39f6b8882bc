using System.Net;
using System.Text.Json.Nodes;
using Lnvps.Lightning.Bolt11;
using Lnvps.Testing.Http;

namespace Lnvps.Api.Tests.Payments;

/// <summary>What a payment says is what is charged: net, tax, fee, total and the rate with its time and source.</summary>
public class PaymentTermsTests
{
    const string VatRates = """{"rates":{"IE":{"standard_rate":23},"DE":{"standard_rate":19},"EL":{"standard_rate":24}}}""";

    static Task<Answer> Country(ApiCustomer customer, string code) => customer.Patch("/api/v1/account", new JsonObject { ["country_code"] = code });

    static ulong Amount(JsonNode payment, string name) => payment[name]!.GetValue<ulong>();

    [Theory, InlineData(false), InlineData(true), Trait("Speed", "slow")]
    public async Task A_renewal_shows_what_the_invoice_asks_for(bool mariaDb)
    {
        await using var shop = await ApiShop.Start(mariaDb, "tax-rate: {IRL: 23, DE: 5.5}");
        using var customer = shop.NewCustomer();
        await Country(customer, "IRL");
        var vm = await customer.Order();

        var payment = (await customer.Get($"/api/v1/vm/{vm}/renew")).Data;

        Assert.Equal(Amount(payment, "amount") * 23 / 100, Amount(payment, "tax"));
        Assert.Equal(0UL, Amount(payment, "processing_fee"));
        var sum = Amount(payment, "amount") + Amount(payment, "tax");
        Assert.InRange(Amount(payment, "total"), sum, sum + 999);
        var invoice = Bolt11Decoder.Decode(payment["data"]!["lightning"]!.GetValue<string>()).Value;
        Assert.Equal(Amount(payment, "total"), invoice.Amount!.Value.Value);
        Assert.Equal("""{"rate":23,"country":"IRL","treatment":"table"}""", payment["tax_details"]!.ToJsonString());
        var rate = payment["exchange_rate"]!;
        Assert.Equal(("BTC/EUR", 95_000m, "configuration"), (rate["pair"]!.GetValue<string>(), rate["rate"]!.GetValue<decimal>(), rate["source"]!.GetValue<string>()));
        Assert.Equal(payment["created"]!.GetValue<DateTimeOffset>(), rate["time"]!.GetValue<DateTimeOffset>(), TimeSpan.FromMinutes(2));

        // The same from all three calls, and from an open payment that is handed out again at another tax rate.
        await Country(customer, "DEU");
        var id = payment["id"]!.GetValue<string>();
        Assert.Equal(payment.ToJsonString(), (await customer.Get($"/api/v1/payment/{id}")).Data.ToJsonString());
        Assert.Equal(payment.ToJsonString(), (await customer.Get($"/api/v1/vm/{vm}/payments")).Data[0]!.ToJsonString());
        Assert.Equal(payment.ToJsonString(), (await customer.Get($"/api/v1/vm/{vm}/renew")).Data.ToJsonString());
        Assert.Equal("5.5", (await customer.Get($"/api/v1/vm/{vm}/renew?intervals=2")).Data["tax_details"]!["rate"]!.ToJsonString());
    }

    [Fact]
    public async Task A_top_up_is_gross_and_its_parts_are_kept()
    {
        await using var shop = await ApiShop.Start(extra: "tax-rate: {IE: 23}");
        using var customer = shop.NewCustomer();
        await Country(customer, "IRL");
        var vm = await customer.Order();

        var invoice = (await customer.Send(HttpMethod.Get, $"/api/v1/vm/{vm}/renew-lnurlp?amount=1230000", null, sign: false)).Json!;

        Assert.Equal(["pr", "routes"], invoice.AsObject().Select(key => key.Key));
        Assert.Equal(1_230_000UL, Bolt11Decoder.Decode(invoice["pr"]!.GetValue<string>()).Value.Amount!.Value.Value);
        var payment = (await customer.Get($"/api/v1/vm/{vm}/payments")).Data[0]!;
        Assert.Equal((1_000_000UL, 230_000UL, 1_230_000UL), (Amount(payment, "amount"), Amount(payment, "tax"), Amount(payment, "total")));
        Assert.Equal("BTC/EUR", payment["exchange_rate"]!["pair"]!.GetValue<string>());
    }

    [Fact]
    public async Task The_place_of_supply_decides_when_it_is_switched_on()
    {
        var isUp = false;
        await using var server = await LoopbackServer.Start(context => LoopbackServer.Json(context, isUp ? 200 : 503, VatRates));
        await using var shop = await ApiShop.Start(extra: $$"""
            tax-rate: {IE: 1, DE: 1}
            eu-vat: {enabled: true, rates-url: "{{server.Address}}"}
            """);
        await shop.Execute("UPDATE company SET country_code = 'IRL'");
        using var customer = shop.NewCustomer();
        var vm = await customer.Order();

        // Rather than charge 0 %, nothing is priced; and no half-made payment stays.
        var refused = await customer.Get($"/api/v1/vm/{vm}/renew");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.Status);
        Assert.Empty((await customer.Get($"/api/v1/vm/{vm}/payments")).Data.AsArray());
        var lnurl = (await customer.Send(HttpMethod.Get, $"/.well-known/lnurlp/{vm}", null, sign: false)).Json!;
        Assert.Equal("ERROR", lnurl["status"]!.GetValue<string>());

        isUp = true;
        Assert.True(await shop.Platform.BackgroundServices.OfType<Lnvps.Platform.Taxes.VatRateBook>().Single().Refresh(default));
        Assert.Equal(("""{"rate":23,"country":"IRL","treatment":"undetermined_default"}""", 23UL), await TaxOf(1));
        await Country(customer, "DEU");
        Assert.Equal(("""{"rate":19,"country":"DEU","treatment":"oss_b2c"}""", 19UL), await TaxOf(2));
        await Country(customer, "USA");
        Assert.Equal(("""{"rate":0,"country":"USA","treatment":"out_of_scope"}""", 0UL), await TaxOf(3));
        await shop.Execute("UPDATE users SET billing_tax_id = 'EL 123456789'");
        Assert.Equal(("""{"rate":0,"country":"GRC","treatment":"reverse_charge"}""", 0UL), await TaxOf(4));
        await shop.Execute("UPDATE company SET tax_id = 'EL987654321'");
        Assert.Equal(("""{"rate":24,"country":"GRC","treatment":"domestic"}""", 24UL), await TaxOf(5));

        async Task<(string Details, ulong Percent)> TaxOf(int intervals)
        {
            var payment = (await customer.Get($"/api/v1/vm/{vm}/renew?intervals={intervals}")).Data;
            return (payment["tax_details"]!.ToJsonString(), Amount(payment, "tax") * 100 / Amount(payment, "amount"));
        }
    }

    [Fact]
    public async Task Without_a_rate_nothing_is_sold_but_the_catalogue_answers()
    {
        await using var shop = await ApiShop.Start(rates: "{}");
        using var customer = shop.NewCustomer();
        var vm = await customer.Order();

        var refused = await customer.Get($"/api/v1/vm/{vm}/renew");

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "No exchange rate found for BTC/EUR"), (refused.Status, refused.Error));
        Assert.Empty((await customer.Get($"/api/v1/vm/{vm}/payments")).Data.AsArray());
        var offers = (await customer.Get("/api/v1/vm/templates")).Data["templates"]!.AsArray();
        Assert.NotEmpty(offers);
        Assert.All(offers, offer => Assert.Empty(offer!["cost_plan"]!["other_price"]!.AsArray()));
    }
}
