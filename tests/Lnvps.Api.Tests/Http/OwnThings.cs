using System.Text.Json.Nodes;
using Lnvps.Api.Tests.Subscriptions;

namespace Lnvps.Api.Tests.Http;

/// <summary>Things of a customer for tests that walk every endpoint.</summary>
static class OwnThings
{
    /// <summary>Gives the customer one of everything; tells the path of each endpoint to it.</summary>
    public static async Task<Func<string, string>> Paths(ApiShop shop, ApiCustomer owner, string space = "198.51.100.0/24")
    {
        var vm = await owner.Order();
        var payment = (await owner.Get($"/api/v1/vm/{vm}/renew")).Data["id"]!.ToString();
        await owner.Pay(vm);
        await owner.Until(vm, "running");
        var action = (await owner.Get($"/api/v1/action?vm_id={vm}")).Data[0]!["id"]!.ToString();
        var domain = (await owner.Post("/api/v1/nostr/domain", new JsonObject { ["name"] = $"{owner.Key.PublicKey.ToString()[..16]}.example.com" })).Data["id"]!.ToString();
        var handle = (await owner.Post($"/api/v1/nostr/domain/{domain}/handle", new JsonObject { ["name"] = "me", ["pubkey"] = owner.Key.PublicKey.ToString() })).Data["id"]!.ToString();
        var (_, pricing) = await shop.AddSpace(space, 26, month: 100, setup: 0);
        var subscription = await owner.Subscribe(pricing);
        return name => name.Split(' ')[1]
            .Replace("payment/{id}", $"payment/{payment}", StringComparison.Ordinal).Replace("action/{id}", $"action/{action}", StringComparison.Ordinal)
            .Replace("subscriptions/{id}", $"subscriptions/{subscription}", StringComparison.Ordinal).Replace("{dom}", domain, StringComparison.Ordinal)
            .Replace("{handle}", handle, StringComparison.Ordinal).Replace("{id}", $"{vm}", StringComparison.Ordinal);
    }
}
