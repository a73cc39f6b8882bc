using System.Net;
using System.Text.Json.Nodes;
using Lnvps.Hosting.Simulated;

namespace Lnvps.Api.Tests.Vms;

/// <summary>PATCH /api/v1/vm/{id}, history pages and SSH keys (customer-api.md sections 6.4, 6.7 and 6.18).</summary>
public class ChangeVmTests
{
    [Fact]
    public async Task Everything_is_checked_before_anything_is_stored()
    {
        await using var shop = await ApiShop.Start();
        using var customer = shop.NewCustomer();
        using var stranger = shop.NewCustomer();
        var vm = await customer.OrderRunning();
        var foreign = await stranger.AddSshKey();

        Task<Answer> Change(JsonObject change) => customer.Patch($"/api/v1/vm/{vm}", change);
        Assert.Equal(HttpStatusCode.NotFound, (await Change(new() { ["auto_renewal_enabled"] = true, ["ssh_key_id"] = 4000 })).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await Change(new() { ["auto_renewal_enabled"] = true, ["ssh_key_id"] = foreign })).Status);
        foreach (var name in new[] { "", "local", "-a.example.net", "a-.example.net", "a_b.example.net", "a..example.net", $"{new string('a', 64)}.example.net", "ä.example.net", string.Join('.', Enumerable.Repeat("abcdefgh", 29)) })
            Assert.Equal((name, HttpStatusCode.BadRequest), (name, (await Change(new() { ["auto_renewal_enabled"] = true, ["reverse_dns"] = name })).Status));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await Change(new() { ["auto_renewal_enabled"] = "yes" })).Status);
        var before = (await customer.Get($"/api/v1/vm/{vm}")).Data;
        Assert.False(before["auto_renewal_enabled"]!.GetValue<bool>());

        Assert.Equal("""{"data":null}""", (await Change(new() { ["auto_renewal_enabled"] = true, ["reverse_dns"] = "mail.example.net.", ["ssh_key_id"] = null })).Json!.ToJsonString());
        var after = (await customer.Get($"/api/v1/vm/{vm}")).Data;
        Assert.True(after["auto_renewal_enabled"]!.GetValue<bool>());
        Assert.All(after["ip_assignments"]!.AsArray(), address => Assert.Equal("mail.example.net", address!["reverse_dns"]!.ToString()));
        Assert.Equal(2, after["ip_assignments"]!.AsArray().Count);
        Assert.Equal(before["ssh_key"]!.ToJsonString(), after["ssh_key"]!.ToJsonString());
        Assert.DoesNotContain("configuration_changed", (await customer.Get($"/api/v1/vm/{vm}/history")).Data.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await customer.Patch($"/api/v1/vm/{vm}")).Status);
    }

    [Fact]
    public async Task A_changed_key_reaches_the_host_and_stays_when_the_host_fails()
    {
        await using var shop = await ApiShop.Start();
        using var customer = shop.NewCustomer();
        var vm = await customer.OrderRunning();
        var (second, third) = (await customer.AddSshKey(), await customer.AddSshKey());
        var defined = shop.Platform.World!.Calls(HostOperation.Define);

        Assert.Equal(HttpStatusCode.OK, (await customer.Patch($"/api/v1/vm/{vm}", new JsonObject { ["ssh_key_id"] = second })).Status);
        Assert.Equal(defined + 1, shop.Platform.World.Calls(HostOperation.Define));
        var newest = (await customer.Get($"/api/v1/vm/{vm}/history?limit=1")).Data[0]!;
        Assert.Equal(("configuration_changed", "owner"), (newest["action_type"]!.ToString(), newest["initiated_by"]!.ToString()));

        shop.Platform.World.Faults.Add(HostOperation.Define, new HostFault(FaultMoment.Before, FaultAnswer.Fatal));
        var failed = await customer.Patch($"/api/v1/vm/{vm}", new JsonObject { ["ssh_key_id"] = third });
        Assert.Equal((HttpStatusCode.InternalServerError, "host_failed"), (failed.Status, failed.Code));
        Assert.Equal(third, (await customer.Get($"/api/v1/vm/{vm}")).Data["ssh_key"]!["id"]!.GetValue<uint>());
    }

    [Fact]
    public async Task History_comes_in_pages_newest_first_with_either_parameter_alone()
    {
        await using var shop = await ApiShop.Start();
        using var customer = shop.NewCustomer();
        var vm = await customer.Order();
        await shop.Execute("INSERT INTO vm_history (vm_id, action_type, timestamp, description) SELECT vm_id, action_type, timestamp, 'same second' FROM vm_history");
        await shop.Execute("INSERT INTO vm_history (vm_id, action_type, timestamp, description) SELECT vm_id, action_type, timestamp, 'again' FROM vm_history");

        async Task<List<uint>> Page(string query)
        {
            var answer = await customer.Get($"/api/v1/vm/{vm}/history{query}");
            Assert.Equal(["data"], answer.Json!.AsObject().Select(field => field.Key));
            return [.. answer.Data.AsArray().Select(row => row!["id"]!.GetValue<uint>())];
        }

        var all = await Page("");
        Assert.Equal(all.OrderDescending(), all);
        Assert.Equal(4, all.Count);
        Assert.Equal(all[..2], await Page("?limit=2"));
        Assert.Equal(all[3..], await Page("?offset=3"));
        Assert.Equal(all[1..3], await Page("?limit=2&offset=1"));
        Assert.Empty(await Page("?limit=0"));
        Assert.Empty(await Page("?offset=18446744073709551615"));
        foreach (var wrong in new[] { "?limit=", "?offset=-1", "?limit=x", "?offset=1.5" })
            Assert.Equal("invalid_parameter", (await customer.Get($"/api/v1/vm/{vm}/history{wrong}")).Code);
        await shop.Execute("UPDATE vm SET deleted = 1");
        Assert.Equal(4, (await Page("")).Count);
    }

    [Fact]
    public async Task A_key_is_named_after_its_comment_or_its_algorithm()
    {
        await using var shop = await ApiShop.Start();
        using var customer = shop.NewCustomer();
        var bare = string.Join(' ', ApiCustomer.SshKey.Split(' ')[..2]);
        Task<Answer> Add(string name, string key) => customer.Post("/api/v1/ssh-key", new JsonObject { ["name"] = name, ["key_data"] = key });

        Assert.Equal("laptop", (await Add("laptop", ApiCustomer.SshKey)).Data["name"]!.ToString());
        Assert.Equal("test@example", (await Add("", $"  {ApiCustomer.SshKey}\n")).Data["name"]!.ToString());
        Assert.Equal("ssh-ed25519", (await Add("", bare)).Data["name"]!.ToString());
        foreach (var wrong in new[] { "", "ssh-ed25519", $"ssh-rsa {bare.Split(' ')[1]}", $"{bare}\n{bare}", $"command=\"ls\" {bare}", bare[..^8] })
            Assert.Equal((wrong, HttpStatusCode.BadRequest), (wrong, (await Add("x", wrong)).Status));
        Assert.Equal(HttpStatusCode.BadRequest, (await Add(new string('x', 101), bare)).Status);

        var keys = (await customer.Get("/api/v1/ssh-key")).Data.AsArray();
        Assert.Equal(["laptop", "test@example", "ssh-ed25519"], keys.Select(key => key!["name"]!.ToString()));
        Assert.All(keys, key => Assert.Equal(["id", "name", "created"], key!.AsObject().Select(field => field.Key)));
        Assert.All(keys, key => Assert.DoesNotContain("1970", key!["created"]!.ToString(), StringComparison.Ordinal));
    }
}
