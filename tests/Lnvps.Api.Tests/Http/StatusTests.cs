using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Lnvps.Api.Tests.Documents;

namespace Lnvps.Api.Tests.Http;

/// <summary>Which status each wrong or special request brings (customer-api.md section 1.6 and the tables of its section 6). VM 1 is paid, 2 is not, 3 belongs to another.</summary>
public class StatusTests
{
    const string Custom = "\"pricing_id\":1,\"cpu\":2,\"memory\":4294967296,\"disk\":5368709120,\"disk_type\":\"ssd\",\"disk_interface\":\"pcie\"";
    const string Parts = "\"image_id\":1,\"ssh_key_id\":1";

    static readonly (int Status, string Call, string? Body)[] Table =
    [
        // Account.
        (200, "PATCH /api/v1/account", null),
        (200, "PATCH /api/v1/account", "{}"),
        (200, "PATCH /api/v1/account", """{"country_code":"DE"}"""),
        (200, "PATCH /api/v1/account", """{"country_code":"deu","email":null,"nwc_connection_string":""}"""),
        (400, "PATCH /api/v1/account", """{"country_code":"XX"}"""),
        (400, "PATCH /api/v1/account", """{"email":"nobody"}"""),
        (400, "PATCH /api/v1/account", """{"email":"a@b"}"""),
        (400, "PATCH /api/v1/account", """{"contact_email":true}"""),
        (400, "PATCH /api/v1/account", $$"""{"name":"{{Long(201)}}"}"""),
        (200, "PATCH /api/v1/account", $$"""{"name":"{{Long(200)}}"}"""),
        (400, "PATCH /api/v1/account", $$"""{"city":"{{Long(101)}}"}"""),
        (400, "PATCH /api/v1/account", $$"""{"postcode":"{{Long(51)}}"}"""),
        (400, "PATCH /api/v1/account", """{"nwc_connection_string":"http://example.com"}"""),
        (422, "PATCH /api/v1/account", """{"contact_nip17":"yes"}"""),
        (422, "PATCH /api/v1/account", """{"name":1}"""),
        (422, "PATCH /api/v1/account", "[]"),
        (400, "PATCH /api/v1/account", "{"),

        // SSH keys.
        (422, "POST /api/v1/ssh-key", """{"key_data":"x"}"""),
        (400, "POST /api/v1/ssh-key", """{"name":"x","key_data":"x"}"""),
        (400, "POST /api/v1/ssh-key", $$"""{"name":"x","key_data":"{{ApiCustomer.SshKey}}\n{{ApiCustomer.SshKey}}"}"""),
        (400, "POST /api/v1/ssh-key", $$"""{"name":"{{Long(101)}}","key_data":"{{ApiCustomer.SshKey}}"}"""),
        (200, "POST /api/v1/ssh-key", $$"""{"name":"{{Long(100)}}","key_data":" {{ApiCustomer.SshKey}} "}"""),

        // Offers and prices.
        (200, "POST /api/v1/vm/custom-template/price", $"{{{Custom}}}"),
        (400, "POST /api/v1/vm/custom-template/price", $"{{{Custom.Replace("\"cpu\":2", "\"cpu\":9", StringComparison.Ordinal)}}}"),
        (400, "POST /api/v1/vm/custom-template/price", $"{{{Custom.Replace("5368709120", "1073741824", StringComparison.Ordinal)}}}"),
        (400, "POST /api/v1/vm/custom-template/price", $"{{{Custom.Replace("pcie", "sata", StringComparison.Ordinal)}}}"),
        (404, "POST /api/v1/vm/custom-template/price", $"{{{Custom.Replace("\"pricing_id\":1", "\"pricing_id\":9", StringComparison.Ordinal)}}}"),
        (404, "POST /api/v1/vm/custom-template/price", $"{{{Custom.Replace("\"pricing_id\":1", "\"pricing_id\":4294967297", StringComparison.Ordinal)}}}"),
        (422, "POST /api/v1/vm/custom-template/price", $"{{{Custom.Replace("ssd", "SSD", StringComparison.Ordinal)}}}"),
        (422, "POST /api/v1/vm/custom-template/price", $"{{{Custom.Replace("\"cpu\":2", "\"cpu\":65536", StringComparison.Ordinal)}}}"),
        (422, "POST /api/v1/vm/custom-template/price", """{"pricing_id":1}"""),
        (400, "POST /api/v1/vm/custom-template/price", null),

        // Orders.
        (404, "POST /api/v1/vm", $$"""{"template_id":9,{{Parts}}}"""),
        (404, "POST /api/v1/vm", $$"""{"template_id":4294967297,{{Parts}}}"""),
        (400, "POST /api/v1/vm", $$"""{"template_id":4,{{Parts}}}"""),
        (404, "POST /api/v1/vm", """{"template_id":1,"image_id":9,"ssh_key_id":1}"""),
        (400, "POST /api/v1/vm", """{"template_id":1,"image_id":2,"ssh_key_id":1}"""),
        (404, "POST /api/v1/vm", """{"template_id":1,"image_id":1,"ssh_key_id":99}"""),
        (403, "POST /api/v1/vm", """{"template_id":1,"image_id":1,"ssh_key_id":2}"""),
        (400, "POST /api/v1/vm", $$"""{"template_id":1,{{Parts}},"ref_code":"{{Long(21)}}"}"""),
        (200, "POST /api/v1/vm", $$"""{"template_id":1,{{Parts}},"ref_code":"{{Long(20)}}"}"""),
        (200, "POST /api/v1/vm", $$"""{"template_id":1,{{Parts}},"ref_code":" "}"""),
        (422, "POST /api/v1/vm", """{"template_id":1}"""),
        (422, "POST /api/v1/vm", $$"""{"template_id":"1",{{Parts}}}"""),
        (422, "POST /api/v1/vm", $$"""{"template_id":1.5,{{Parts}}}"""),
        (200, "POST /api/v1/vm", $$"""{"template_id":1.0,{{Parts}}}"""),
        (200, "POST /api/v1/vm/custom-template", $"{{{Custom},{Parts}}}"),
        (400, "POST /api/v1/vm/custom-template", $"{{{Custom.Replace("\"cpu\":2", "\"cpu\":0", StringComparison.Ordinal)},{Parts}}}"),
        (403, "POST /api/v1/vm/custom-template", $"{{{Custom},\"image_id\":1,\"ssh_key_id\":2}}"),
        (422, "POST /api/v1/vm/custom-template", $"{{{Custom}}}"),

        // One VM.
        (200, "GET /api/v1/vm/1", null),
        (404, "GET /api/v1/vm/0", null),
        (404, "GET /api/v1/vm/4294967297", null),
        (404, "GET /api/v1/vm/18446744073709551615", null),
        (400, "GET /api/v1/vm/18446744073709551616", null),
        (400, "GET /api/v1/vm/-1", null),
        (400, "GET /api/v1/vm/+1", null),
        (404, "GET /api/v1/vm/1/", null),
        (404, "GET /api/v1/VM/1", null),
        (403, "GET /api/v1/vm/3", null),
        (200, "PATCH /api/v1/vm/1", null),
        (200, "PATCH /api/v1/vm/1", """{"ssh_key_id":1,"reverse_dns":"a.example.net.","auto_renewal_enabled":false}"""),
        (200, "PATCH /api/v1/vm/1", """{"ssh_key_id":3}"""),
        (400, "PATCH /api/v1/vm/1", """{"reverse_dns":""}"""),
        (400, "PATCH /api/v1/vm/1", """{"reverse_dns":"localhost"}"""),
        (400, "PATCH /api/v1/vm/1", """{"reverse_dns":"-a.example.net"}"""),
        (400, "PATCH /api/v1/vm/1", """{"reverse_dns":"ä.example.net"}"""),
        (404, "PATCH /api/v1/vm/1", """{"ssh_key_id":99}"""),
        (404, "PATCH /api/v1/vm/1", """{"ssh_key_id":4294967297}"""),
        (403, "PATCH /api/v1/vm/1", """{"ssh_key_id":2}"""),
        (422, "PATCH /api/v1/vm/1", """{"auto_renewal_enabled":"true"}"""),
        (403, "PATCH /api/v1/vm/3", """{"ssh_key_id":99}"""),
        (404, "PATCH /api/v1/vm/99", null),
        (402, "PATCH /api/v1/vm/2/start", null),
        (402, "PATCH /api/v1/vm/2/restart", null),
        (200, "PATCH /api/v1/vm/2/stop", null),
        (402, "PATCH /api/v1/vm/2/re-install", null),
        (404, "PATCH /api/v1/vm/1/re-install", """{"image_id":9}"""),
        (400, "PATCH /api/v1/vm/1/re-install", """{"image_id":2}"""),
        (404, "PATCH /api/v1/vm/1/re-install", """{"image_id":4294967297}"""),
        (403, "PATCH /api/v1/vm/3/stop", null),
        (405, "GET /api/v1/vm/1/start", null),

        // Payments.
        (400, "GET /api/v1/vm/1/renew?intervals=0", null),
        (400, "GET /api/v1/vm/1/renew?intervals=121", null),
        (200, "GET /api/v1/vm/1/renew?intervals=120", null),
        (400, "GET /api/v1/vm/1/renew?intervals=", null),
        (400, "GET /api/v1/vm/1/renew?intervals=1.0", null),
        (400, "GET /api/v1/vm/1/renew?method=cash", null),
        (400, "GET /api/v1/vm/1/renew?method=Lightning", null),
        (400, "GET /api/v1/vm/1/renew?method=revolut", null),
        (400, "GET /api/v1/vm/1/renew?method=nwc", null),
        (501, "GET /api/v1/vm/1/renew?method=paypal", null),
        (501, "GET /api/v1/vm/1/renew?method=stripe", null),
        (403, "GET /api/v1/vm/3/renew", null),
        (404, "GET /api/v1/vm/99/renew", null),
        (400, "GET /api/v1/payment/xyz", null),
        (404, $"GET /api/v1/payment/{new string('a', 64)}", null),
        (200, "GET /api/v1/payment/{mine}", null),
        (403, "GET /api/v1/payment/{theirs}", null),
        (403, "GET /api/v1/vm/3/payments", null),

        // Pages.
        (200, "GET /api/v1/vm/1/history?limit=0", null),
        (400, "GET /api/v1/vm/1/history?limit=", null),
        (400, "GET /api/v1/vm/1/history?limit=-1", null),
        (400, "GET /api/v1/vm/1/payments?offset=x", null),
        (200, "GET /api/v1/vm/1/payments?limit=18446744073709551615&offset=18446744073709551615", null),
        (400, "GET /api/v1/subscriptions?limit=1e1", null),
        (400, "GET /api/v1/subscriptions?offset=18446744073709551616", null),
        (200, "GET /api/v1/subscriptions?limit=0&unknown=1", null),

        // Anywhere.
        (404, "GET /api/v1/nothing", null),
        (405, "PUT /api/v1/account", "{}"),
        (405, "DELETE /api/v1/ssh-key", null),
    ];

    [Fact]
    public async Task Every_special_request_brings_its_status_and_an_error_text()
    {
        await using var shop = await ApiShop.Start();
        using var customer = shop.NewCustomer();
        using var other = shop.NewCustomer();
        await customer.AddSshKey();
        await other.AddSshKey();
        var paid = await customer.Order();
        var mine = await customer.Pay(paid);
        await customer.Until(paid, "running");
        Assert.Equal(2U, await customer.Order());
        Assert.Equal(3U, await other.Order());
        var theirs = (await other.Get("/api/v1/vm/3/renew")).Data["id"]!.ToString();
        await shop.Execute("UPDATE user_ssh_key SET user_id = (SELECT user_id FROM vm WHERE id = 1) WHERE id IN (1, 3)");
        await shop.Execute("UPDATE user_ssh_key SET user_id = (SELECT user_id FROM vm WHERE id = 3) WHERE id = 2");
        await shop.Execute("""
            INSERT INTO vm_template (name, enabled, created, cpu, memory, disk_size, disk_type, disk_interface, cost_plan_id, region_id)
            SELECT 'Off', 0, created, cpu, memory, disk_size, disk_type, disk_interface, cost_plan_id, region_id FROM vm_template WHERE id = 1
            """);
        await shop.Execute("""
            INSERT INTO vm_os_image (distribution, flavour, version, enabled, release_date, url, default_username)
            SELECT distribution, 'Off', version, 0, release_date, url, default_username FROM vm_os_image WHERE id = 1
            """);

        var wrong = new List<string>();
        foreach (var (status, call, body) in Table)
        {
            var (method, path) = (new HttpMethod(call.Split(' ')[0]), call.Split(' ')[1].Replace("{mine}", mine, StringComparison.Ordinal).Replace("{theirs}", theirs, StringComparison.Ordinal));
            var (actual, text) = await Send(shop, customer, method, path, body);
            var hasShape = JsonNode.Parse(text) is JsonObject answer && (actual == 200 ? answer.ContainsKey("data") : answer["error"]?.GetValue<string>().Length > 0 && answer.Count >= 1);
            var faults = OpenApiDocument.Faults(method.Method, path, Parse(body), actual, JsonNode.Parse(text), hasAction: false);
            wrong.AddRange(faults);
            if (actual != status || !hasShape)
                wrong.Add(string.Create(CultureInfo.InvariantCulture, $"{call} {body}: {actual} instead of {status}: {text}"));
        }
        Assert.Empty(wrong);
    }

    [Theory]
    [InlineData("text/plain", 415)]
    [InlineData("application/x-www-form-urlencoded", 415)]
    [InlineData("application/json; charset=utf-8", 200)]
    [InlineData("application/merge-patch+json", 200)]
    public async Task A_body_must_say_that_it_is_JSON(string contentType, int status)
    {
        await using var shop = await ApiShop.Start();
        using var customer = shop.NewCustomer();
        Assert.Equal(status, (await Send(shop, customer, HttpMethod.Patch, "/api/v1/account", "{}", contentType)).Status);
    }

    [Fact]
    public async Task Read_only_refuses_what_makes_or_changes_machines_and_serves_the_rest()
    {
        await using var shop = await ApiShop.Start(extra: "read-only: true");
        using var customer = shop.NewCustomer();
        await customer.AddSshKey();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await customer.Post("/api/v1/vm", JsonNode.Parse($$"""{"template_id":1,{{Parts}}}"""))).Status);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await customer.Post("/api/v1/vm/custom-template", JsonNode.Parse($"{{{Custom},{Parts}}}"))).Status);
        Assert.Equal(HttpStatusCode.OK, (await customer.Get("/api/v1/vm")).Status);
    }

    [Fact]
    public async Task Pages_are_cut_where_they_should_be()
    {
        await using var shop = await ApiShop.Start();
        using var customer = shop.NewCustomer();
        var vm = await customer.Order();
        for (var i = 1; i <= 5; i++)
            Assert.Equal(HttpStatusCode.OK, (await customer.Get($"/api/v1/vm/{vm}/renew?intervals={i}")).Status);
        var all = await Times("");
        Assert.Equal(5, all.Count);

        Assert.Empty(await Times("?limit=0"));
        Assert.Equal(all[..2], await Times("?limit=2"));
        Assert.Equal(all[3..], await Times("?offset=3"));
        Assert.Equal(all[1..3], await Times("?limit=2&offset=1"));
        Assert.Equal(all, await Times("?limit=1000&offset=0"));
        Assert.Empty(await Times("?offset=5"));
        Assert.Empty(await Times("?offset=18446744073709551615"));

        var page = (await customer.Get("/api/v1/subscriptions?limit=101&offset=7")).Json!;
        Assert.Equal((0, 100, 7), (page["total"]!.GetValue<int>(), page["limit"]!.GetValue<int>(), page["offset"]!.GetValue<int>()));
        var usual = (await customer.Get("/api/v1/subscriptions")).Json!;
        Assert.Equal((50, 0), (usual["limit"]!.GetValue<int>(), usual["offset"]!.GetValue<int>()));

        async Task<List<long>> Times(string query) => [.. (await customer.Get($"/api/v1/vm/{vm}/payments{query}")).Data.AsArray().Select(payment => payment!["time"]!.GetValue<long>())];
    }

    [Fact]
    public async Task A_broken_VM_is_left_out_of_the_list_and_cannot_be_read()
    {
        await using var shop = await ApiShop.Start();
        using var customer = shop.NewCustomer();
        var (good, sizeless, priceless) = (await customer.Order(), await customer.Order(), await customer.Order(template: 2));
        await shop.Execute("UPDATE vm SET template_id = NULL WHERE id = @sizeless", new { sizeless });
        await shop.Execute("UPDATE vm_cost_plan SET currency = 'XYZ' WHERE id = (SELECT cost_plan_id FROM vm_template WHERE id = 2)");

        Assert.Equal([good], (await customer.Get("/api/v1/vm")).Data.AsArray().Select(vm => vm!["id"]!.GetValue<uint>()));
        foreach (var broken in new[] { sizeless, priceless })
            Assert.Equal(HttpStatusCode.InternalServerError, (await customer.Get($"/api/v1/vm/{broken}")).Status);
    }

    static JsonNode? Parse(string? body)
    {
        try
        {
            return body is null ? null : JsonNode.Parse(body);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    static async Task<(int Status, string Text)> Send(ApiShop shop, ApiCustomer customer, HttpMethod method, string path, string? body, string contentType = "application/json")
    {
        using var http = new HttpClient(new SocketsHttpHandler()) { BaseAddress = shop.Address, Timeout = TimeSpan.FromSeconds(60) };
        using var request = new HttpRequestMessage(method, path);
        request.Headers.TryAddWithoutValidation("Authorization", customer.Sign(method, path));
        request.Content = new ByteArrayContent(body is null ? [] : Encoding.UTF8.GetBytes(body)) { Headers = { ContentType = MediaTypeHeaderValue.Parse(contentType) } };
        using var answer = await http.SendAsync(request);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    static string Long(int length) => new('x', length);
}
