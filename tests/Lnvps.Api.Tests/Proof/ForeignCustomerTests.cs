using Lnvps.Testing.Interop;
using Lnvps.Testing.Invariants;

namespace Lnvps.Api.Tests.Proof;

/// <summary>The whole life of a customer, as a client that others wrote sees it: nostr-tools signs, bolt11 reads invoices, ws and an LNURL client of npm connect.</summary>
[Trait("Speed", "slow")]
public class ForeignCustomerTests
{
    /// <summary>Some steps live through months.</summary>
    static readonly TimeSpan StepLimit = TimeSpan.FromMinutes(4);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_foreign_client_lives_a_whole_life(bool mariaDb)
    {
        await using var shop = await ApiShop.Start(mariaDb);
        await using var relay = await NodeServer.Start("relay.js");
        await using var wallet = await NodeServer.Start("wallet.js", $"ws://127.0.0.1:{relay.Ready}", new Uri(shop.Address, "/api/dev/v1/lightning/pay").AbsoluteUri);
        await using var customer = await NodeServer.Start("customer.js", shop.Address.AbsoluteUri.TrimEnd('/'), wallet.Ready);

        var steps = new List<string> { customer.Ready };
        while (await customer.Hear(StepLimit) is { } step)
            steps.Add(step);

        Assert.Equal(
            ["key", "order", "pay", "console", "time series", "reverse DNS", "upgrade", "renew three intervals", "LNURL", "wallet", "invoice", "expiry"], steps);
        Assert.Empty(await shop.Platform.Shop.Db.Read(session => ShopInvariants.Check(session, default), default));
    }
}
