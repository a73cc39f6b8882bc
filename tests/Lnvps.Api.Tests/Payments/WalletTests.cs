using System.Net;
using System.Text.Json.Nodes;
using Lnvps.Testing.Interop;
using Lnvps.Testing.Nostr;

namespace Lnvps.Api.Tests.Payments;

/// <summary>Connecting a wallet and paying from it, over HTTP.</summary>
public class WalletTests
{
    static Task<Answer> Connect(ApiCustomer customer, string? text) =>
        customer.Patch("/api/v1/account", new JsonObject { ["nwc_connection_string"] = text });

    static async Task<string?> Connected(ApiCustomer customer) => (string?)(await customer.Get("/api/v1/account")).Data["nwc_connection_string"];

    [Fact]
    public async Task A_wallet_is_checked_before_it_is_stored()
    {
        await using var shop = await ApiShop.Start();
        await using var relay = await TestRelay.Start();
        await using var wallet = await TestWallet.Start(relay.Url);
        using var customer = shop.NewCustomer();
        Assert.Equal((HttpStatusCode.BadRequest, "Failed to parse NWC url: it does not begin with nostr+walletconnect://"), Seen(await Connect(customer, "hello")));

        wallet.Methods = ["get_info"];
        Assert.Equal((HttpStatusCode.BadRequest, "NWC connection must allow pay_invoice"), Seen(await Connect(customer, wallet.ConnectionString)));
        Assert.Null(await Connected(customer));

        wallet.Methods = ["pay_invoice"];
        Assert.Equal(HttpStatusCode.OK, (await Connect(customer, wallet.ConnectionString)).Status);
        Assert.Equal(wallet.ConnectionString, await Connected(customer));

        // Sent back unchanged, with the rest of the account: nobody is asked.
        var asked = wallet.Requests.Count;
        relay.Silent = true;
        Assert.Equal(HttpStatusCode.OK, (await customer.Patch("/api/v1/account", (await customer.Get("/api/v1/account")).Data.DeepClone())).Status);
        Assert.Equal(asked, wallet.Requests.Count);

        var nobody = wallet.ConnectionString.Replace($"{relay.Url.Port}", "1", StringComparison.Ordinal);
        var refused = await Connect(customer, nobody);
        Assert.Equal((HttpStatusCode.BadRequest, "Failed to connect to NWC: the wallet could not be reached"), Seen(refused));
        Assert.Equal(wallet.ConnectionString, await Connected(customer));

        Assert.Equal(HttpStatusCode.OK, (await Connect(customer, "")).Status);
        Assert.Null(await Connected(customer));

        static (HttpStatusCode, string) Seen(Answer answer) => (answer.Status, answer.Error);
    }

    [Fact]
    public async Task Relays_in_our_own_network_are_refused_unless_allowed()
    {
        await using var shop = await ApiShop.Start(extra: "allow-private-relays: false");
        await using var relay = await TestRelay.Start();
        await using var wallet = await TestWallet.Start(relay.Url);
        using var customer = shop.NewCustomer();
        Assert.StartsWith("Failed to parse NWC url: it names no acceptable relay", (await Connect(customer, wallet.ConnectionString)).Error, StringComparison.Ordinal);
        Assert.Equal(1, relay.Connections);
    }

    [Fact]
    public async Task Renewing_by_wallet_pays_within_the_request()
    {
        await using var shop = await ApiShop.Start();
        await using var relay = await TestRelay.Start();
        await using var wallet = await TestWallet.Start(relay.Url, modern: false);
        using var customer = shop.NewCustomer();
        var vm = await customer.Order();
        var none = await customer.Get($"/api/v1/vm/{vm}/renew?method=nwc");
        Assert.Equal((HttpStatusCode.BadRequest, "No wallet is connected to this account"), (none.Status, none.Error));
        Assert.Empty((await customer.Get($"/api/v1/vm/{vm}/payments")).Data.AsArray());

        await Connect(customer, wallet.ConnectionString);
        wallet.Pay = _ => Task.FromResult<(string, string)?>(("INSUFFICIENT_BALANCE", "only 3 sat"));
        var poor = await customer.Get($"/api/v1/vm/{vm}/renew?method=nwc&intervals=2");
        Assert.Equal((HttpStatusCode.BadRequest, "The wallet refused the payment: it does not hold enough funds."), (poor.Status, poor.Error));
        var open = Assert.Single((await customer.Get($"/api/v1/vm/{vm}/payments")).Data.AsArray())!;
        Assert.False((bool)open["is_paid"]!);

        wallet.Pay = async invoice => (await customer.Post("/api/dev/v1/lightning/pay", new JsonObject { ["invoice"] = invoice })).Status == HttpStatusCode.OK ? null : ("PAYMENT_FAILED", "");
        var paid = (await customer.Get($"/api/v1/vm/{vm}/renew?method=nwc&intervals=2")).Data;
        Assert.Equal((string)open["id"]!, (string)paid["id"]!);
        Assert.True((bool)paid["is_paid"]!);
        Assert.Equal(["get_info", "pay_invoice", "lookup_invoice", "pay_invoice"], wallet.Requests.Select(request => request.Method));
        Assert.Contains("nwc", (await customer.Get("/api/v1/payment/methods")).Data.AsArray().Select(method => (string)method!["name"]!));
    }

    [Fact]
    [Trait("Speed", "slow")]
    public async Task A_foreign_wallet_over_a_foreign_relay_pays_and_renews_by_itself()
    {
        await using var shop = await ApiShop.Start();
        await using var relay = await NodeServer.Start("relay.js");
        await using var wallet = await NodeServer.Start("wallet.js", $"ws://127.0.0.1:{relay.Ready}", new Uri(shop.Address, "/api/dev/v1/lightning/pay").AbsoluteUri);
        using var customer = shop.NewCustomer();
        var vm = await customer.Order();
        Assert.Equal(HttpStatusCode.OK, (await Connect(customer, wallet.Ready)).Status);
        Assert.Equal("get_info", await wallet.Hear());

        await wallet.Say("QUOTA_EXCEEDED");
        Assert.Equal("ok", await wallet.Hear());
        var refused = await customer.Get($"/api/v1/vm/{vm}/renew?method=nwc");
        Assert.Equal((HttpStatusCode.BadRequest, "The wallet refused the payment: the budget of this connection is used up."), (refused.Status, refused.Error));
        Assert.Equal("pay_invoice", await wallet.Hear());

        await wallet.Say("");
        Assert.Equal("ok", await wallet.Hear());
        Assert.True((bool)(await customer.Get($"/api/v1/vm/{vm}/renew?method=nwc")).Data["is_paid"]!);
        Assert.Equal(("lookup_invoice", "pay_invoice"), (await wallet.Hear(), await wallet.Hear()));
        var expires = (await customer.Get($"/api/v1/vm/{vm}")).Data["expires"]!.ToString();

        Assert.Equal(HttpStatusCode.OK, (await customer.Patch($"/api/v1/vm/{vm}", new JsonObject { ["auto_renewal_enabled"] = true })).Status);
        await customer.Until(vm, "running");
        var left = DateTimeOffset.Parse(expires, System.Globalization.CultureInfo.InvariantCulture) - TimeProvider.System.GetUtcNow() - TimeSpan.FromHours(5);
        await customer.Post("/api/dev/v1/clock", new JsonObject { ["advance"] = $"{(int)left.TotalHours}h" });
        Assert.Equal("pay_invoice", await wallet.Hear());
        for (var i = 0; (await customer.Get($"/api/v1/vm/{vm}")).Data["expires"]!.ToString() == expires; i++)
        {
            Assert.True(i < 100, "The VM was not renewed");
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        }
        Assert.Equal(2, (await customer.Get($"/api/v1/vm/{vm}/payments")).Data.AsArray().Count(payment => (bool)payment!["is_paid"]!));
    }
}
