using System.Text.Json.Nodes;
using Lnvps.Api.Tests.Subscriptions;

namespace Lnvps.Api.Tests.Documents;

/// <summary>A customer who calls every operation that answers JSON, and gets what was asked for.</summary>
sealed class OneOfEach(ApiCustomer customer)
{
    readonly JsonArray _answers = [];

    /// <summary>What was called, as <c>method path</c> of the document.</summary>
    public HashSet<string> Called { get; } = [];

    /// <summary>Path and method of the document, status and body of each answer.</summary>
    public JsonArray Answers => _answers;

    public async Task Play(ApiShop shop)
    {
        var (space, price) = await shop.AddSpace("198.51.100.0/22", 26);
        await Get("/api/v1/account");
        await Patch("/api/v1/account", "/api/v1/account", new JsonObject { ["name"] = "Alice" });
        await Get("/api/v1/image");
        await Get("/api/v1/vm/templates");
        await Get("/api/v1/payment/methods");
        await Get("/openapi.json");
        await Post("/api/v1/vm/custom-template/price", Size());
        var key = (await Post("/api/v1/ssh-key", new JsonObject { ["name"] = "laptop", ["key_data"] = ApiCustomer.SshKey }))["id"]!.GetValue<uint>();
        await Get("/api/v1/ssh-key");
        var vm = (await Post("/api/v1/vm", new JsonObject { ["template_id"] = 1, ["image_id"] = 1, ["ssh_key_id"] = key }))["id"]!.GetValue<uint>();
        var order = Size();
        (order["image_id"], order["ssh_key_id"]) = (1, key);
        await Post("/api/v1/vm/custom-template", order);
        await Machine(vm);
        await Subscription(space, price);
        await Names();
    }

    async Task Machine(uint vm)
    {
        var payment = await Get("/api/v1/vm/{id}/renew", $"/api/v1/vm/{vm}/renew");
        await customer.Post("/api/dev/v1/lightning/pay", new JsonObject { ["invoice"] = payment["data"]!["lightning"]!.ToString() });
        await customer.Until(vm, "running");
        await Get("/api/v1/vm");
        await Get("/api/v1/vm/{id}", $"/api/v1/vm/{vm}");
        await Get("/api/v1/payment/{id}", $"/api/v1/payment/{payment["id"]}");
        await Patch("/api/v1/vm/{id}", $"/api/v1/vm/{vm}", new JsonObject { ["reverse_dns"] = "mail.example.net" });
        foreach (var change in new[] { "stop", "start", "restart", "re-install" })
            await Patch($"/api/v1/vm/{{id}}/{change}", $"/api/v1/vm/{vm}/{change}");
        foreach (var read in new[] { "history", "payments", "time-series" })
            await Get($"/api/v1/vm/{{id}}/{read}", $"/api/v1/vm/{vm}/{read}");
        var larger = new JsonObject { ["cpu"] = 2, ["memory"] = 2147483648, ["disk"] = 10737418240 };
        await Post("/api/v1/vm/{id}/upgrade/quote", larger, $"/api/v1/vm/{vm}/upgrade/quote");
        await Post("/api/v1/vm/{id}/upgrade", larger, $"/api/v1/vm/{vm}/upgrade");
        var action = (await Get("/api/v1/action", $"/api/v1/action?vm_id={vm}"))[0]!["id"];
        await Get("/api/v1/action/{id}", $"/api/v1/action/{action}");
        await Get("/.well-known/lnurlp/{id}", $"/.well-known/lnurlp/{vm}");
        await Get("/api/v1/vm/{id}/renew-lnurlp", $"/api/v1/vm/{vm}/renew-lnurlp?amount=1000000");
    }

    async Task Subscription(uint space, uint price)
    {
        await Get("/api/v1/ip_space");
        await Get("/api/v1/ip_space/{id}", $"/api/v1/ip_space/{space}");
        var id = (await Post("/api/v1/subscriptions", IpSpaceShop.Order(price)))["id"]!.GetValue<uint>();
        await Get("/api/v1/subscriptions/{id}/renew", $"/api/v1/subscriptions/{id}/renew");
        await customer.PaySubscription(id);
        await Get("/api/v1/subscriptions");
        await Get("/api/v1/subscriptions/{id}", $"/api/v1/subscriptions/{id}");
        await Get("/api/v1/subscriptions/{id}/payments", $"/api/v1/subscriptions/{id}/payments");
        await Get("/api/v1/subscriptions/{id}/ip_ranges", $"/api/v1/subscriptions/{id}/ip_ranges");
    }

    async Task Names()
    {
        var domain = (await Post("/api/v1/nostr/domain", new JsonObject { ["name"] = "alice.example.org" }))["id"];
        await Get("/api/v1/nostr/domain");
        var handles = $"/api/v1/nostr/domain/{domain}/handle";
        var handle = (await Post("/api/v1/nostr/domain/{dom}/handle", new JsonObject { ["name"] = "_", ["pubkey"] = customer.Key.PublicKey.ToString() }, handles))["id"];
        await Get("/api/v1/nostr/domain/{dom}/handle", handles);
        await Call(HttpMethod.Delete, "/api/v1/nostr/domain/{dom}/handle/{handle}", $"{handles}/{handle}");
        await Call(HttpMethod.Delete, "/api/v1/nostr/domain/{dom}", $"/api/v1/nostr/domain/{domain}");
    }

    /// <summary>Such as two cores and 4 GB.</summary>
    static JsonObject Size() => new()
    {
        ["pricing_id"] = 1,
        ["cpu"] = 2,
        ["memory"] = 4294967296,
        ["disk"] = 85899345920,
        ["disk_type"] = "ssd",
        ["disk_interface"] = "pcie",
    };

    Task<JsonNode> Get(string template, string? path = null) => Call(HttpMethod.Get, template, path ?? template);

    public Task<JsonNode> Post(string template, JsonNode body, string? path = null) => Call(HttpMethod.Post, template, path ?? template, body);

    Task<JsonNode> Patch(string template, string path, JsonNode? body = null) => Call(HttpMethod.Patch, template, path, body);

    async Task<JsonNode> Call(HttpMethod method, string template, string path, JsonNode? body = null)
    {
        var answer = await customer.Send(method, path, body);
        Assert.True(answer.Status == System.Net.HttpStatusCode.OK, $"{method} {path}: {(int)answer.Status} {answer.Json}");
        var name = method.Method.ToLowerInvariant();
        Called.Add($"{name} {template}");
        _answers.Add(new JsonObject { ["path"] = template, ["method"] = name, ["status"] = (int)answer.Status, ["body"] = answer.Json!.DeepClone() });
        return answer.Json["data"]?.DeepClone() ?? new JsonObject();
    }
}
