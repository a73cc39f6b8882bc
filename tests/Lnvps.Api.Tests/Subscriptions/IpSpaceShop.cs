using System.Text.Json.Nodes;
using Lnvps.Core.Identity;
using Lnvps.Core.Subscriptions;
using Lnvps.Core.Time;

namespace Lnvps.Api.Tests.Subscriptions;

/// <summary>Address blocks for sale, and what customers do with them.</summary>
static class IpSpaceShop
{
    /// <summary>A block of company 1 with one price; returns the ids of both.</summary>
    public static Task<(uint Space, uint Price)> AddSpace(
        this ApiShop shop, string cidr, ushort length, ulong month = 4_000, ulong setup = 2_000, string currency = "USD", int largest = 0, int smallest = 128,
        bool available = true, bool reserved = false, uint company = 1, Instant? created = null) => shop.Platform.Shop.Db.Write(async session =>
    {
        var at = created ?? shop.Platform.Shop.Clock.Now;
        var space = await session.Insert("""
            INSERT INTO available_ip_space (company_id, cidr, min_prefix_size, max_prefix_size, created, registry, is_available, is_reserved)
            VALUES (@company, @cidr, @smallest, @largest, @at, @registry, @available, @reserved)
            """, new { company, cidr, smallest, largest, at, registry = InternetRegistry.Ripe, available, reserved });
        var price = await session.Insert("""
            INSERT INTO ip_space_pricing (available_ip_space_id, prefix_size, price_per_month, currency, setup_fee, created) VALUES (@space, @length, @month, @currency, @setup, @at)
            """, new { space, length, month, currency, setup, at });
        return (space, price);
    }, default);

    public static JsonObject Line(uint price) => new() { ["type"] = "ip_range", ["ip_space_pricing_id"] = price };

    public static JsonObject Order(params uint[] prices) => new() { ["line_items"] = new JsonArray([.. prices.Select(Line)]) };

    public static async Task<uint> Subscribe(this ApiCustomer customer, params uint[] prices) =>
        (await customer.Post("/api/v1/subscriptions", Order(prices))).Data["id"]!.GetValue<uint>();

    public static async Task<JsonNode> PaySubscription(this ApiCustomer customer, uint subscription)
    {
        var payment = (await customer.Get($"/api/v1/subscriptions/{subscription}/renew")).Data;
        (await customer.Post("/api/dev/v1/lightning/pay", new JsonObject { ["invoice"] = payment["data"]!["lightning"]!.ToString() })).Data.ToString();
        await Until(async () => (await customer.Get($"/api/v1/subscriptions/{subscription}/payments")).Data.AsArray()
            .Any(row => row!["id"]!.ToString() == payment["id"]!.ToString() && row["is_paid"]!.GetValue<bool>()));
        return payment;
    }

    public static async Task<List<(string Cidr, bool IsActive)>> Ranges(this ApiCustomer customer, uint subscription) =>
        [.. (await customer.Get($"/api/v1/subscriptions/{subscription}/ip_ranges")).Data.AsArray().Select(row => (row!["cidr"]!.ToString(), row["is_active"]!.GetValue<bool>()))];

    public static PaymentId IdOf(JsonNode payment) => PaymentId.TryParse(payment["id"]!.ToString(), out var id) ? id : throw new FormatException();

    public static async Task Until(Func<Task<bool>> done)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (!await done())
        {
            if (TimeProvider.System.GetElapsedTime(began) > TimeSpan.FromSeconds(30))
                throw new TimeoutException();
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }
    }
}
