using System.Text.Json;
using Lnvps.Core.Addresses;
using Lnvps.Core.Identity;
using Lnvps.Core.Money;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Subscriptions;
using Lnvps.Database.Sessions;
using Lnvps.Database.Subscriptions;

namespace Lnvps.Platform.Subscriptions;

/// <summary>What a customer wants to have by the month.</summary>
/// <param name="Name">At most 200 characters.</param>
/// <param name="Currency">Null = that of the first price.</param>
/// <param name="Prices">Prices of pieces of address blocks; one line each.</param>
public sealed record SubscriptionOrder(
    UserId User, string Name, string? Description, Currency? Currency, bool AutoRenewal, IReadOnlyList<SpacePriceId> Prices);

/// <summary>Which piece a line is for, as its <c>configuration</c> says (data-model.md section 6.4).</summary>
public sealed record RangeConfiguration(SpacePriceId Price, SpaceId Space, int PrefixLength)
{
    public string ToJson() => JsonSerializer.Serialize(new Dictionary<string, uint>
    {
        ["ip_space_pricing_id"] = Price.Value,
        ["available_ip_space_id"] = Space.Value,
        ["prefix_size"] = (uint)PrefixLength,
    });

    /// <summary>Null when an operator wrote something else.</summary>
    public static RangeConfiguration? Read(string? json)
    {
        if (json is null)
            return null;
        try
        {
            using var document = JsonDocument.Parse(json);
            return document.RootElement.ValueKind == JsonValueKind.Object && Number(document, "available_ip_space_id") is { } space && Number(document, "prefix_size") is { } length && length <= 128
                ? new RangeConfiguration(new SpacePriceId(Number(document, "ip_space_pricing_id") ?? 0), new SpaceId(space), (int)length)
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    static uint? Number(JsonDocument json, string name) =>
        json.RootElement.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetUInt32(out var number) ? number : null;
}

/// <summary>Orders only write rows: nothing is allocated or charged (billing.md section 19). The first payment is made through renew.</summary>
public sealed class OrderSubscription(Shop shop)
{
    /// <summary>400: no lines, several companies; 404: unknown price; 409: block not on sale; 503: no exchange rate.</summary>
    public Task<Result<SubscriptionId>> Order(SubscriptionOrder order, CancellationToken stop)
    {
        if (order.Prices.Count == 0)
            return Task.FromResult<Result<SubscriptionId>>(Refusal.Invalid("At least one line item is required"));
        return shop.Db.Write(async session =>
        {
            var lines = await Choose(session, order, stop);
            return await lines.Then(chosen => Insert(session, order, chosen, stop));
        }, stop);
    }

    sealed record Chosen(IpSpaceRow Space, SpacePriceRow Price, LinePrice Listed);

    static async Task<Result<List<Chosen>>> Choose(Session session, SubscriptionOrder order, CancellationToken stop)
    {
        var chosen = new List<Chosen>();
        foreach (var id in order.Prices)
        {
            var price = await session.FindSpacePrice(id, stop);
            var space = price is null ? null : await session.FindIpSpace(price.AvailableIpSpaceId, stop);
            if (price is null || space is null)
                return Refusal.NotFound("IP space pricing not found");
            if (!space.IsOnSale || !IpPrefix.TryParse(space.Cidr, out var cidr) || !SpaceAllocation.IsSold(cidr, price.PrefixSize, space.MaxPrefixSize, space.MinPrefixSize))
                return Refusal.Conflict("IP space is not available for allocation");
            if (!Currencies.TryParse(price.Currency, out var currency))
                return Refusal.Failed("The price of this IP space is misconfigured");
            chosen.Add(new Chosen(space, price, new LinePrice(new Money(price.PricePerMonth, currency), new Money(price.SetupFee, currency))));
        }
        return chosen.Exists(line => line.Space.CompanyId != chosen[0].Space.CompanyId)
            ? Refusal.Invalid("All line items must belong to the same company")
            : chosen;
    }

    async Task<Result<SubscriptionId>> Insert(Session session, SubscriptionOrder order, List<Chosen> lines, CancellationToken stop)
    {
        var currency = order.Currency ?? lines[0].Listed.Month.Currency;
        var rates = shop.Rates.Current;
        var rows = new List<LineItemRow>();
        foreach (var (space, price, listed) in lines)
        {
            var converted = listed.In(currency, rates);
            if (!converted.IsOk)
                return converted.Refusal;
            rows.Add(new LineItemRow
            {
                SubscriptionType = LineKind.IpRange,
                Name = $"IP Range: /{price.PrefixSize} from {space.Cidr}",
                Description = $"/{price.PrefixSize} IP range from {space.Cidr} block",
                Amount = converted.Value.Month.Amount,
                SetupAmount = converted.Value.Setup.Amount,
                Configuration = new RangeConfiguration(price.Id, space.Id, price.PrefixSize).ToJson(),
            });
        }
        var setup = rows.Aggregate((UInt128)0, (sum, row) => sum + row.SetupAmount);
        if (setup > ulong.MaxValue)
            return Refusal.Invalid("Amount is too large");
        var id = await session.InsertSubscription(new SubscriptionRow
        {
            UserId = order.User,
            CompanyId = lines[0].Space.CompanyId,
            Name = order.Name,
            Description = order.Description,
            Created = shop.Clock.Now,
            Currency = currency.Code(),
            SetupFee = (ulong)setup,
            AutoRenewalEnabled = order.AutoRenewal,
        }, stop);
        foreach (var row in rows)
            await session.InsertLineItem(row with { SubscriptionId = id }, stop);
        session.Made(id.ToString());
        return id;
    }
}
