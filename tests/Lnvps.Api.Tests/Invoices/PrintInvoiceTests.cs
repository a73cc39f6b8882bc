using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Lnvps.Api.Tests.Subscriptions;
using Lnvps.Core.Identity;
using Lnvps.Core.Sizes;
using Lnvps.Database.Invoices;
using Lnvps.Nostr.Encodings;
using Lnvps.Nostr.HttpAuth;

namespace Lnvps.Api.Tests.Invoices;

/// <summary>billing.md section 21, customer-api.md section 6.24.</summary>
public sealed class PrintInvoiceTests
{
    const uint Monthly = 2;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Says_what_was_paid_by_whom_to_whom(bool mariaDb)
    {
        await using var shop = await ApiShop.Start(mariaDb, "tax-rate: {IE: 23}");
        using var customer = shop.NewCustomer();
        await customer.Patch("/api/v1/account", new JsonObject
        {
            ["name"] = "<b>Ann & Co</b>",
            ["address_1"] = "1 High St",
            ["city"] = "Dublin",
            ["postcode"] = "D01",
            ["country_code"] = "IRL",
            ["state"] = "",
        });
        var vm = await customer.Order(Monthly);
        var payment = (await customer.Get($"/api/v1/payment/{await customer.Pay(vm)}")).Data;
        await customer.Until(vm, "running");

        var page = await Page(customer, payment);
        Assert.Contains($"<title>{payment["id"]}</title>", page, StringComparison.Ordinal);
        Assert.Contains("&lt;b&gt;Ann &amp; Co&lt;/b&gt;</div><div>1 High St</div><div>Dublin</div><div>D01</div><div>IRL</div></div>", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<b>", page, StringComparison.Ordinal);
        Assert.Contains("<div>Example Hosting</div><div>IRL</div>", page, StringComparison.Ordinal);
        Assert.Contains(customer.Key.PublicKey.ToNpub(), page, StringComparison.Ordinal);
        Assert.Contains($"VM Renewal #{vm} - Small - Debian 12 - {payment["time"]!.GetValue<ulong>() / 86_400} days", page, StringComparison.Ordinal);
        var (net, tax) = (payment["amount"]!.GetValue<ulong>(), payment["tax"]!.GetValue<ulong>());
        Assert.Equal(net * 23 / 100, tax);
        Assert.Contains($"<td>BTC</td><td class=\"amount\">{Btc(net)}</td><td class=\"amount\">{Btc(tax)}</td>", page, StringComparison.Ordinal);
        Assert.Contains($"Tax (23 %)</td><td class=\"amount\" colspan=\"2\">{Btc(tax)}", page, StringComparison.Ordinal);
        Assert.Contains($"Total</td><td class=\"amount\" colspan=\"2\">{Btc(net + tax)}", page, StringComparison.Ordinal);
        Assert.DoesNotContain("Processing fee", page, StringComparison.Ordinal);
        Assert.Contains("<td class=\"fact\">1-000001</td>", page, StringComparison.Ordinal);
        Assert.Contains($"© {TimeProvider.System.GetUtcNow().Year} LNVPS.net", page, StringComparison.Ordinal);
        Assert.DoesNotContain("://", page, StringComparison.Ordinal);

        // A fee of old data, an upgrade, and a VM that is gone.
        await shop.Platform.Shop.Db.Write(session => session.Execute("UPDATE vm_payment SET processing_fee = 5000"), default);
        Assert.Contains($"Total</td><td class=\"amount\" colspan=\"2\">{Btc(net + tax + 5_000)}", await Page(customer, payment), StringComparison.Ordinal);
        var upgrade = (await customer.Post($"/api/v1/vm/{vm}/upgrade", new JsonObject { ["cpu"] = 2, ["memory"] = Bytes.Gib * 3 / 2 })).Data;
        await customer.Post("/api/dev/v1/lightning/pay", new JsonObject { ["invoice"] = upgrade["data"]!["lightning"]!.ToString() });
        await IpSpaceShop.Until(async () => (await customer.Get($"/api/v1/payment/{upgrade["id"]}")).Data["is_paid"]!.GetValue<bool>());
        await customer.Post($"/api/dev/v1/vm/{vm}/delete", null);
        await IpSpaceShop.Until(async () => (await customer.Get($"/api/v1/vm/{vm}")).Status == HttpStatusCode.NotFound);
        var grown = await Page(customer, upgrade);
        Assert.Contains($"VM Upgrade #{vm} - Custom - Debian 12<div class=\"detail\">New CPU cores: 2</div><div class=\"detail\">New memory: 1.5 GB</div></td>", grown, StringComparison.Ordinal);
        Assert.Contains("<td class=\"fact\">1-000002</td>", grown, StringComparison.Ordinal);
        Assert.Contains("<td class=\"fact\">Upgrade</td>", grown, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_subscription_has_a_line_for_each_of_its_items_and_they_add_up()
    {
        await using var shop = await ApiShop.Start();
        using var customer = shop.NewCustomer();
        var (_, large) = await shop.AddSpace("198.51.100.0/24", 26, month: 10_000, setup: 5_000);
        var (_, small) = await shop.AddSpace("203.0.113.0/24", 28, month: 2_500, setup: 0);
        var payment = await customer.PaySubscription(await customer.Subscribe(large, small));

        var page = await Page(customer, payment);
        Assert.Contains($"IP Range: /26 from 198.51.100.0/24<div class=\"detail\">One month, and setup</div></td><td>BTC</td><td class=\"amount\">{Btc(150_000_000)}</td>", page, StringComparison.Ordinal);
        Assert.Contains($"IP Range: /28 from 203.0.113.0/24<div class=\"detail\">One month</div></td><td>BTC</td><td class=\"amount\">{Btc(25_000_000)}</td>", page, StringComparison.Ordinal);
        Assert.Contains($"Total</td><td class=\"amount\" colspan=\"2\">{Btc(175_000_000)}", page, StringComparison.Ordinal);
        Assert.Contains("<td class=\"fact\">Purchase</td>", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Is_shown_to_its_payer_only_and_only_when_paid()
    {
        await using var shop = await ApiShop.Start();
        using var customer = shop.NewCustomer();
        using var stranger = shop.NewCustomer();
        var vm = await customer.Order(Monthly);
        var open = (await customer.Get($"/api/v1/vm/{vm}/renew")).Data["id"]!.ToString();
        var path = $"/api/v1/payment/{open}/invoice";

        Assert.Equal((HttpStatusCode.Conflict, "Payment is not paid, can't generate invoice"), await Error(customer, path, Auth(customer, path)));
        Assert.Equal((HttpStatusCode.Forbidden, "VM does not belong to you"), await Error(stranger, path, Auth(stranger, path)));
        var unknown = $"/api/v1/payment/{new string('a', 64)}/invoice";
        Assert.Equal((HttpStatusCode.NotFound, "Payment not found"), await Error(customer, unknown, Auth(customer, unknown)));
        Assert.Equal((HttpStatusCode.BadRequest, "Invalid payment id"), await Error(customer, "/api/v1/payment/xyz/invoice", Auth(customer, "/api/v1/payment/xyz/invoice")));
        Assert.Equal((HttpStatusCode.Forbidden, "Missing or invalid auth param"), await Error(customer, path, null));
        Assert.Equal((HttpStatusCode.Forbidden, "Missing or invalid auth param"), await Error(customer, path, ""));
        Assert.Equal((HttpStatusCode.Unauthorized, "Invalid auth event"), await Error(customer, path, "%%%"));
        Assert.Equal((HttpStatusCode.Unauthorized, "Invalid auth event"), await Error(customer, path, Auth(customer, path + "x")));
        Assert.Equal((HttpStatusCode.Unauthorized, "Invalid auth event"), await Error(customer, path, Auth(customer, path, TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() - 700)));

        var paid = $"/api/v1/payment/{await customer.Pay(vm)}/invoice";
        await customer.Until(vm, "running");
        var once = Auth(customer, paid);
        using var http = new HttpClient(new SocketsHttpHandler()) { BaseAddress = shop.Address };
        using var first = await http.GetAsync(new Uri($"{paid}?auth={once}", UriKind.Relative));
        Assert.Equal((HttpStatusCode.OK, "text/html"), (first.StatusCode, first.Content.Headers.ContentType!.MediaType));
        Assert.StartsWith("default-src 'none'; style-src 'sha256-", Assert.Single(first.Headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);
        Assert.Equal((HttpStatusCode.Unauthorized, "Invalid auth event"), await Error(customer, paid, once));
    }

    [Fact]
    public async Task Numbers_have_no_gaps_however_many_are_completed_at_once()
    {
        await using var shop = await ApiShop.Start(mariaDb: true);
        using var customer = shop.NewCustomer();
        var payments = new List<PaymentId>();
        for (var i = 0; i < 8; i++)
            payments.Add(IpSpaceShop.IdOf((await customer.Get($"/api/v1/vm/{await customer.Order()}/renew")).Data));
        await Task.WhenAll(payments.SelectMany(id => Enumerable.Range(0, 3).Select(_ => Task.Run(() => shop.Platform.Completion.Settle(id, null, default)))));
        var numbers = await shop.Platform.Shop.Db.Read(async session =>
        {
            var found = new List<uint>();
            foreach (var id in payments)
                found.Add((await session.FindInvoice(id, default))!.Number);
            return found;
        }, default);
        Assert.Equal(Enumerable.Range(1, 8).Select(number => (uint)number), numbers.Order());
    }

    static string Btc(ulong msat) => string.Create(CultureInfo.InvariantCulture, $"BTC 0.{(msat + 500) / 1000:00000000}");

    /// <summary>As the web application makes it: not percent-encoded.</summary>
    static string Auth(ApiCustomer customer, string path, long? at = null) => customer.Sign(HttpMethod.Get, path, at)["Nostr ".Length..];

    static async Task<string> Page(ApiCustomer customer, JsonNode payment)
    {
        var path = $"/api/v1/payment/{payment["id"]}/invoice";
        return await customer.GetText($"{path}?auth={Auth(customer, path)}");
    }

    static async Task<(HttpStatusCode, string)> Error(ApiCustomer customer, string path, string? auth)
    {
        var answer = await customer.Send(HttpMethod.Get, auth is null ? path : $"{path}?auth={auth}", null, sign: false);
        return (answer.Status, answer.Error);
    }
}
