using System.Globalization;
using Lnvps.Api.Http;
using Lnvps.Api.Http.Contracts;
using Lnvps.Api.Http.Repetition;
using Lnvps.Core.Identity;
using Lnvps.Core.Money;
using Lnvps.Core.Outcomes;
using Lnvps.Database.Sessions;
using Lnvps.Database.Subscriptions;
using Lnvps.Platform;
using Lnvps.Platform.Subscriptions;

namespace Lnvps.Api.Subscriptions;

/// <summary>What a customer orders. A line is tagged by its <c>type</c>.</summary>
sealed record NewSubscription(List<NewLineItem> LineItems)
{
    public string? Name { get; init; }
    public string? Description { get; init; }
    public string? Currency { get; init; }
    public bool? AutoRenewalEnabled { get; init; }
}

/// <param name="Type"><c>ip_range</c> with <c>ip_space_pricing_id</c>, <c>asn_sponsoring</c> with <c>asn</c>, or <c>dns_hosting</c> with <c>domain</c>.</param>
[Form(OneOfThree)]
sealed record NewLineItem(string Type)
{
    const string OneOfThree = """
        {"oneOf":[
          {"properties":{"type":{"const":"ip_range"},"ip_space_pricing_id":{"type":"integer"}},"required":["type","ip_space_pricing_id"]},
          {"properties":{"type":{"const":"asn_sponsoring"}},"required":["type"]},
          {"properties":{"type":{"const":"dns_hosting"}},"required":["type"]}]}
        """;

    public ulong? IpSpacePricingId { get; init; }
    public ulong? Asn { get; init; }
    public string? Domain { get; init; }
}

/// <summary>A further range for a subscription that exists.</summary>
sealed record NewIpRange(ulong IpSpacePricingId);

/// <summary>Who may see or touch a subscription: unknown 404, another's 403.</summary>
static class SubscriptionAccess
{
    public static Result<SubscriptionRow> Of(SubscriptionRow? row, UserId caller) => row is null
        ? Refusal.NotFound("Subscription not found")
        : row.UserId == caller ? row : Refusal.NotYours("Access denied: not your subscription");
}

/// <summary>The own subscriptions: order, list, read, and the address ranges that belong to one.</summary>
sealed class ManageSubscriptions(Shop shop, OrderSubscription orders)
{
    const string UsualName = "Subscription";
    const int LongestName = 200;

    // The column holds 65,535 bytes; a character takes up to four.
    const int LongestDescription = 16_000;

    public void Map(Routes routes)
    {
        routes.GetPage("/api/v1/subscriptions", Access.Customer, ApiJson.Wire.ListSubscriptionView, All).Summary("The own subscriptions");
        routes.Get("/api/v1/subscriptions/{id}", Access.Customer, ApiJson.Wire.SubscriptionView, One).Summary("One subscription");
        routes.Post("/api/v1/subscriptions", Access.CustomerOnce, ApiJson.Wire.SubscriptionView, Order, Repeatable.By((call, made) => Ordered(call, new SubscriptionId(uint.Parse(made, CultureInfo.InvariantCulture)))))
            .Summary("Order address ranges by the month", "They are given out when the first payment settles.")
            .Body(ApiJson.Wire.NewSubscription).Errors(ErrorCode.NotFound, ErrorCode.InvalidValue, ErrorCode.Conflict, ErrorCode.NotOffered, ErrorCode.NoExchangeRate);
        routes.GetPage("/api/v1/subscriptions/{id}/ip_ranges", Access.Customer, ApiJson.Wire.ListIpRangeView, Ranges).Summary("Address ranges of a subscription", "Newest first.");
        routes.Post("/api/v1/subscriptions/{id}/ip_ranges", Access.CustomerOnce, ApiJson.Wire.ListIpRangeView, AddRange, Repeatable.Always)
            .Summary("Add a range to a subscription", "Not offered yet.").Body(ApiJson.Wire.NewIpRange).Errors(ErrorCode.NotOffered);
    }

    Task<Result<Page<SubscriptionView>>> All(Call call, Paging paging)
    {
        var caller = call.Caller;
        return shop.Db.Read<Result<Page<SubscriptionView>>>(async session =>
        {
            var rows = await session.ListSubscriptions(caller, paging.Limit, paging.Offset, call.Stop);
            var lines = (await session.ListLineItems([.. rows.Select(row => row.Id)], call.Stop)).ToLookup(line => line.SubscriptionId);
            return new Page<SubscriptionView>(rows.ConvertAll(row => SubscriptionView.Of(row, lines[row.Id])), await session.CountSubscriptions(caller, call.Stop));
        }, call.Stop);
    }

    Task<Result<SubscriptionView>> One(Call call)
    {
        var id = new SubscriptionId(call.PathId("id"));
        var caller = call.Caller;
        return shop.Db.Read(async session => await (await Find(session, id, caller, call.Stop)).Then(row => View(session, row, call.Stop)), call.Stop);
    }

    async Task<Result<SubscriptionView>> Order(Call call)
    {
        var body = await call.Body(ApiJson.Wire.NewSubscription);
        var prices = body.LineItems.ConvertAll(Price);
        if (prices.Find(price => !price.IsOk) is { Refusal: { } notOffered })
            return notOffered;
        var name = string.IsNullOrWhiteSpace(body.Name) ? UsualName : body.Name.Trim();
        if (name.Length > LongestName || body.Description?.Length > LongestDescription)
            return Refusal.Invalid($"name may have {LongestName} characters, description {LongestDescription}");
        Currency? currency = null;
        if (body.Currency is not null)
        {
            if (!Currencies.TryParse(body.Currency, out var known))
                return Refusal.Invalid("Unknown currency");
            currency = known;
        }
        var ordered = await orders.Order(
            new SubscriptionOrder(call.Caller, name, body.Description, currency, body.AutoRenewalEnabled ?? true, prices.ConvertAll(price => price.Value)), call.Stop);
        return await ordered.Then(id => Ordered(call, id));
    }

    Task<Result<SubscriptionView>> Ordered(Call call, SubscriptionId id) => shop.Db.Read(async session =>
        await session.FindSubscription(id, call.Stop) is { } row ? await View(session, row, call.Stop) : Refusal.NotFound("Subscription not found"), call.Stop);

    /// <summary>422 for an unknown tag, or one without what it needs; 501 for what is known but not offered.</summary>
    static Result<SpacePriceId> Price(NewLineItem? line) => line?.Type switch
    {
        // The serializer does not look for null in a list.
        null => throw new RequestFault(ErrorCode.DoesNotFit, "A line item must be an object"),
        "ip_range" => new SpacePriceId(WireInput.Id(line.IpSpacePricingId ?? throw new RequestFault(ErrorCode.DoesNotFit, "ip_space_pricing_id is required"), "IP space pricing")),
        "asn_sponsoring" => Refusal.NotOffered("ASN sponsoring is not yet implemented"),
        "dns_hosting" => Refusal.NotOffered("DNS hosting is not yet implemented"),
        _ => throw new RequestFault(ErrorCode.DoesNotFit, "type must be ip_range, asn_sponsoring or dns_hosting"),
    };

    Task<Result<Page<IpRangeView>>> Ranges(Call call, Paging paging)
    {
        var id = new SubscriptionId(call.PathId("id"));
        var caller = call.Caller;
        return shop.Db.Read<Result<Page<IpRangeView>>>(async session =>
        {
            var row = await Find(session, id, caller, call.Stop);
            if (!row.IsOk)
                return row.Refusal;
            var rows = await session.ListAllocations(id, paging.Limit, paging.Offset, call.Stop);
            return new Page<IpRangeView>(rows.ConvertAll(IpRangeView.Of), await session.CountAllocations(id, call.Stop));
        }, call.Stop);
    }

    async Task<Result<List<IpRangeView>>> AddRange(Call call)
    {
        var id = new SubscriptionId(call.PathId("id"));
        var caller = call.Caller;
        _ = await call.Body(ApiJson.Wire.NewIpRange);
        var row = await shop.Db.Read(session => Find(session, id, caller, call.Stop), call.Stop);
        return row.IsOk ? Refusal.NotOffered("Adding an IP range to a subscription is not yet implemented") : row.Refusal;
    }

    static async Task<Result<SubscriptionRow>> Find(Session session, SubscriptionId id, UserId caller, CancellationToken stop) =>
        SubscriptionAccess.Of(await session.FindSubscription(id, stop), caller);

    static async Task<Result<SubscriptionView>> View(Session session, SubscriptionRow row, CancellationToken stop) =>
        SubscriptionView.Of(row, await session.ListLineItems([row.Id], stop));
}
