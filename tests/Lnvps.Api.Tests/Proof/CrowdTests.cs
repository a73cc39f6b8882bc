using System.Net;
using System.Text.Json.Nodes;
using Lnvps.Core.Catalogue;
using Lnvps.Testing.Invariants;

namespace Lnvps.Api.Tests.Proof;

/// <summary>More customers than addresses: nobody pays for a machine that cannot be built, and nobody is refused while there is room.</summary>
[Trait("Speed", "slow")]
public class CrowdTests
{
    static readonly TimeSpan BuildLimit = TimeSpan.FromMinutes(3);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Two_hundred_customers_share_a_hundred_addresses(bool mariaDb)
    {
        await using var shop = await ApiShop.Start(mariaDb);
        await OfferIpv4(shop, "10.77.0.64/26", "10.77.0.128/27", "10.77.0.160/30");
        var customers = Enumerable.Range(0, 200).Select(_ => shop.NewCustomer()).ToList();
        try
        {
            var asked = await Task.WhenAll(customers.Select(async customer =>
            {
                var key = await customer.AddSshKey();
                var ordered = await customer.Post("/api/v1/vm", new JsonObject { ["template_id"] = 1, ["image_id"] = 1, ["ssh_key_id"] = key });
                if (ordered.Status != HttpStatusCode.OK)
                    return (Customer: customer, Vm: 0U, Answer: ordered);
                var vm = ordered.Data["id"]!.GetValue<uint>();
                return (Customer: customer, Vm: vm, Answer: await customer.Get($"/api/v1/vm/{vm}/renew"));
            }));

            var invoiced = asked.Where(entry => entry.Answer.Status == HttpStatusCode.OK).ToList();
            var refused = asked.Where(entry => entry.Answer.Status != HttpStatusCode.OK).ToList();
            Assert.Equal(100, invoiced.Count);
            Assert.Equal(100, refused.Count);
            Assert.All(refused, entry => Assert.Equal(HttpStatusCode.Conflict, entry.Answer.Status));
            Assert.All(refused, entry => Assert.NotEmpty(entry.Answer.Error));
            Assert.Equal(100, await Count(shop, "SELECT COUNT(*) FROM vm_payment"));
            Assert.Equal(100, await Count(shop, "SELECT COUNT(*) FROM dev_invoice"));

            await Task.WhenAll(invoiced.Select(entry => Pay(entry.Customer, entry.Answer)));
            foreach (var entry in invoiced)
                await entry.Customer.Until(entry.Vm, "running", BuildLimit);

            Assert.Equal(100, shop.Platform.World!.Inventory().Count(thing => thing.Kind == "domain"));
            Assert.Empty(shop.Platform.World.Clashes());
            Assert.Equal(100, await Count(shop, "SELECT COUNT(DISTINCT ip) FROM vm_ip_assignment WHERE deleted = 0 AND ip NOT LIKE '%:%'"));
            await AssertInOrder(shop);
        }
        finally
        {
            customers.ForEach(customer => customer.Dispose());
        }
    }

    [Fact]
    public async Task Lapsed_invoices_free_their_room()
    {
        await using var shop = await ApiShop.Start();
        await OfferIpv4(shop, "10.77.0.160/30");
        using var early = shop.NewCustomer();
        using var late = shop.NewCustomer();
        var hesitant = await OrderMany(early, 4);
        var waiting = await OrderMany(late, 4);

        var lapsing = await AskMany(early, hesitant);
        Assert.All(lapsing, answer => Assert.Equal(HttpStatusCode.OK, answer.Status));
        Assert.All(await AskMany(late, waiting), answer => Assert.Equal(HttpStatusCode.Conflict, answer.Status));

        var moved = await late.Post("/api/dev/v1/clock", new JsonObject { ["advance"] = "11m" });
        Assert.True(moved.Status == HttpStatusCode.OK, moved.Json?.ToJsonString());

        var open = await AskMany(late, waiting);
        Assert.All(open, answer => Assert.Equal(HttpStatusCode.OK, answer.Status));
        Assert.All(await AskMany(early, hesitant), answer => Assert.Equal(HttpStatusCode.Conflict, answer.Status));
        foreach (var answer in lapsing)
            Assert.Equal(HttpStatusCode.Conflict, (await early.Post("/api/dev/v1/lightning/pay", Invoice(answer))).Status);
        foreach (var answer in open)
            await Pay(late, answer);
        foreach (var vm in waiting)
            await late.Until(vm, "running", BuildLimit);
        await AssertInOrder(shop);
    }

    /// <summary>These ranges, all of each, are the only IPv4 addresses there are.</summary>
    static Task OfferIpv4(ApiShop shop, params string[] cidrs) => shop.Platform.Shop.Db.Write(async session =>
    {
        await session.Execute("DELETE FROM ip_range WHERE cidr NOT LIKE '%:%'");
        foreach (var cidr in cidrs)
        {
            await session.Execute("""
                INSERT INTO ip_range (cidr, enabled, region_id, gateway, allocation_mode, use_full_range)
                SELECT @cidr, 1, MIN(id), '10.77.0.1/24', @mode, 1 FROM vm_host_region WHERE name = 'Local'
                """, new { cidr, mode = IpAllocationMode.Sequential });
        }
    }, default);

    static async Task<List<uint>> OrderMany(ApiCustomer customer, int count)
    {
        var vms = new List<uint>();
        for (var i = 0; i < count; i++)
            vms.Add(await customer.Order());
        return vms;
    }

    static Task<Answer[]> AskMany(ApiCustomer customer, IEnumerable<uint> vms) => Task.WhenAll(vms.Select(vm => customer.Get($"/api/v1/vm/{vm}/renew")));

    static async Task Pay(ApiCustomer customer, Answer payment) =>
        Assert.Equal(HttpStatusCode.OK, (await customer.Post("/api/dev/v1/lightning/pay", Invoice(payment))).Status);

    static JsonObject Invoice(Answer payment) => new() { ["invoice"] = payment.Data["data"]!["lightning"]!.ToString() };

    static Task<long> Count(ApiShop shop, string sql) => shop.Platform.Shop.Db.Read(session => session.Scalar<long>(sql, null, default), default);

    static async Task AssertInOrder(ApiShop shop)
    {
        await using var session = await shop.Platform.Shop.Db.Open(default);
        Assert.Empty(await ShopInvariants.Check(session, default));
    }
}
