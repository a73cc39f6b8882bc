using System.Text;
using Lnvps.Core.Money;
using Lnvps.Core.Outcomes;
using Lnvps.Hosting.Http;
using Lnvps.Platform.Configuration;
using Lnvps.Platform.Payments.Revolut;
using Lnvps.Testing.Payments;

namespace Lnvps.Platform.Tests.Payments;

public class RevolutOrderTests
{
    static RevolutOrder? Read(string json) => RevolutOrder.Read(Encoding.UTF8.GetBytes(json));

    [Fact]
    public void What_is_unknown_does_not_fail_the_reading()
    {
        var order = Read("""
            {"id":"a","token":"t","state":"SOMETHING_NEW","amount":1262,"currency":"eur","outstanding_amount":"x","new":{"deep":[1]},
             "payments":[{"payment_method":{"type":"card","card_country_code":"GB"},"state":7},{"payment_method":{"card_country_code":"DE"}}]}
            """)!;
        Assert.Equal(("a", "t", "something_new", 1_262UL, "EUR", "GB"), (order.Id, order.Token, order.State, order.Amount, order.Currency, order.CardCountry));
        Assert.Contains("\"deep\"", order.Stored, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"id":"a"}""")]
    [InlineData("""{"id":"a","token":null,"state":3,"amount":"12","currency":null,"payments":{}}""")]
    [InlineData("""{"id":"a","amount":-1,"payments":[]}""")]
    [InlineData("""{"id":"a","amount":1.5,"payments":[null]}""")]
    [InlineData("""{"id":"a","amount":99999999999999999999,"payments":[{"payment_method":"card"}]}""")]
    public void What_is_missing_or_of_another_kind_is_absent(string json)
    {
        var order = Read(json)!;
        Assert.Equal((null, "", null, "", null), (order.Token, order.State, order.Amount, order.Currency, order.CardCountry));
        Assert.False(order.IsCompleted);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{"id":""}""")]
    [InlineData("""{"id":1}""")]
    [InlineData("""{"id":"a","id":"b"}""")]
    [InlineData("""{"id":"\ud800"}""")]
    [InlineData("""{"id":"a",""")]
    public void What_has_no_id_is_no_order(string json) => Assert.Null(Read(json));

    [Fact]
    public void An_order_too_long_for_the_column_is_kept_in_short()
    {
        var order = Read($$"""{"id":"a","token":"t","state":"completed","amount":1,"currency":"EUR","x":"{{new string('y', 40_000)}}"}""")!;
        Assert.Equal("""{"id":"a","token":"t","state":"completed","amount":1,"currency":"EUR"}""", order.Stored);
    }

    [Fact]
    public void Random_bytes_do_not_crash_the_reading()
    {
        var random = new Random(20261122);
        var valid = """{"id":"a","token":"t","state":"completed","amount":1262,"currency":"EUR","payments":[{"payment_method":{"card_country_code":"GB"}}]}"""u8.ToArray();
        for (var i = 0; i < 20_000; i++)
        {
            var bytes = (byte[])valid.Clone();
            for (var n = random.Next(1, 6); n > 0; n--)
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            RevolutOrder.Read(bytes.AsSpan(0, random.Next(bytes.Length + 1)));
        }
    }

    [Fact]
    public async Task Yen_are_sent_without_decimals()
    {
        await using var revolut = await RevolutSimulator.Start();
        using var http = OutgoingHttp.ForCalls();
        var order = await new RevolutClient(http).CreateOrder(Account(revolut), new Money(150_050, Currency.JPY), "x", default);
        Assert.Equal(1_501UL, revolut.Order(order.Id)["amount"]!.GetValue<ulong>());
    }

    [Theory]
    [InlineData(RevolutFault.ServerError, true)]
    [InlineData(RevolutFault.TooMany, true)]
    [InlineData(RevolutFault.LostAnswer, true)]
    [InlineData(RevolutFault.Silence, true)]
    [InlineData(RevolutFault.Garbage, false)]
    [InlineData(RevolutFault.Unauthorised, false)]
    public async Task Faults_are_told_apart_and_tell_no_secret(RevolutFault fault, bool isTransient)
    {
        await using var revolut = await RevolutSimulator.Start();
        revolut.Fail(fault, int.MaxValue);
        // Silence alone is to end in a time-out: on a busy machine an answer may take its time, and would be told as silence.
        using var http = OutgoingHttp.ForCalls(fault == RevolutFault.Silence ? TimeSpan.FromSeconds(1) : null);
        var client = new RevolutClient(http);

        foreach (var call in new Func<Task>[]
        {
            () => client.CreateOrder(Account(revolut), new Money(100, Currency.EUR), "x", default),
            () => client.ListWebhooks(Account(revolut), default),
            () => client.CreateWebhook(Account(revolut), new Uri("http://x/"), ["A"], default),
        })
        {
            var error = await Assert.ThrowsAsync<OutsideFault>(call);
            Assert.DoesNotContain(revolut.Token, error.ToString(), StringComparison.Ordinal);
            Assert.Equal(isTransient, error.IsTransient);
        }
    }

    [Fact]
    public async Task What_is_unknown_there_is_null()
    {
        await using var revolut = await RevolutSimulator.Start();
        using var http = OutgoingHttp.ForCalls();
        var client = new RevolutClient(http);
        Assert.Null(await client.FindOrder(Account(revolut), "../1.0/webhooks", default));
        Assert.False(await client.CancelOrder(Account(revolut), "nothing", default));
        await client.DeleteWebhook(Account(revolut), "nothing", default);
    }

    [Fact]
    public void No_text_of_an_account_shows_its_secrets()
    {
        var settings = new RevolutSettings(RevolutSettings.DefaultUrl, "sk_secret", "1", "pk");
        var account = RevolutAccount.Of(settings) with { WebhookSecret = "wsk_secret" };
        Assert.DoesNotContain("secret", $"{settings} {account}", StringComparison.Ordinal);
    }

    static RevolutAccount Account(RevolutSimulator revolut) => RevolutAccount.Of(new RevolutSettings(revolut.Url, revolut.Token, revolut.ApiVersion, "pk"));
}
