using System.Net;
using System.Text.Json.Nodes;
using Lnvps.Nostr.Encodings;
using Lnvps.Nostr.Keys;

namespace Lnvps.Api.Tests.NostrDomains;

/// <summary>Customers' domains for Nostr names and the names at them (customer-api.md sections 6.33 and 6.34).</summary>
public class NostrDomainTests
{
    const string Key = "b0635d6a9851d3aed0cd6c495b282167acf761729078d975fc341b22650b07b9";

    static Task<Answer> Register(ApiCustomer customer, string name) => customer.Post("/api/v1/nostr/domain", new JsonObject { ["name"] = name });

    static Task<Answer> Name(ApiCustomer customer, uint domain, string name, string key = Key) =>
        customer.Post($"/api/v1/nostr/domain/{domain}/handle", new JsonObject { ["name"] = name, ["pubkey"] = key });

    static Task<Answer> Delete(ApiCustomer customer, string path) => customer.Send(HttpMethod.Delete, path, null);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Trait("Speed", "slow")]
    public async Task Domains_and_names_live_as_described(bool mariaDb)
    {
        await using var shop = await ApiShop.Start(mariaDb, "nostr-address-host: names.shop.example\nnostr-reserved-hosts: [taken.example]");
        using var owner = shop.NewCustomer();
        using var stranger = shop.NewCustomer();
        var empty = (await owner.Get("/api/v1/nostr/domain")).Data;
        Assert.Equal("{\"domains\":[],\"cname\":\"names.shop.example\"}", empty.ToJsonString());

        var made = (await Register(owner, " Example.COM. ")).Data;
        var domain = (uint)made["id"]!;
        Assert.Equal($$"""{"id":{{domain}},"name":"example.com","enabled":false,"handles":0,"created":"{{made["created"]}}","relays":[]}""", made.ToJsonString());
        Assert.InRange(TimeProvider.System.GetUtcNow() - (DateTimeOffset)made["created"]!, TimeSpan.FromSeconds(-5), TimeSpan.FromMinutes(5));
        Assert.Equal(HttpStatusCode.Conflict, (await Register(owner, "example.com")).Status);
        Assert.Equal(HttpStatusCode.Conflict, (await Register(stranger, "EXAMPLE.com")).Status);
        foreach (var wrong in new[] { "", "localhost", "127.0.0.1", "*.example.org", "names.shop.example", "a.names.shop.example", "taken.example", "x.taken.example" })
            Assert.Equal((wrong, HttpStatusCode.BadRequest), (wrong, (await Register(owner, wrong)).Status));

        var handle = (await Name(owner, domain, "Alice")).Data;
        Assert.Equal(("alice", Key, domain), ((string)handle["handle"]!, (string)handle["pubkey"]!, (uint)handle["domain_id"]!));
        Assert.Equal("[]", handle["relays"]!.ToJsonString());
        using var someone = SecretKey.Generate();
        Assert.Equal(someone.PublicKey.ToString(), (string)(await Name(owner, domain, "_", someone.PublicKey.ToNpub())).Data["pubkey"]!);
        Assert.Equal(HttpStatusCode.Conflict, (await Name(owner, domain, "ALICE")).Status);
        Assert.Equal((HttpStatusCode.BadRequest, "Invalid public key hex encoding"), Seen(await Name(owner, domain, "x", "zz")));
        Assert.Equal((HttpStatusCode.BadRequest, "Invalid public key"), Seen(await Name(owner, domain, "x", "abcd")));
        Assert.Equal((HttpStatusCode.BadRequest, "Invalid public key"), Seen(await Name(owner, domain, "x", new string('0', 63) + "5")));
        Assert.Equal(HttpStatusCode.BadRequest, (await Name(owner, domain, "a b")).Status);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await owner.Post($"/api/v1/nostr/domain/{domain}/handle", new JsonObject { ["name"] = "x" })).Status);

        var path = $"/api/v1/nostr/domain/{domain}/handle";
        Assert.Equal(["alice", "_"], (await owner.Get(path)).Data.AsArray().Select(row => (string)row!["handle"]!));
        Assert.Equal(handle.ToJsonString(), (await owner.Get(path)).Data[0]!.ToJsonString());
        Assert.Equal(2, (int)(await owner.Get("/api/v1/nostr/domain")).Data["domains"]![0]!["handles"]!);

        // Others see and change nothing, by whichever domain they come.
        Assert.Equal((HttpStatusCode.Forbidden, "Access denied"), Seen(await stranger.Get(path)));
        Assert.Equal(HttpStatusCode.Forbidden, (await Name(stranger, domain, "bob")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await owner.Get("/api/v1/nostr/domain/4000000/handle")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await owner.Get("/api/v1/nostr/domain/x/handle")).Status);
        var foreign = (uint)(await Register(stranger, "stranger.example")).Data["id"]!;
        Assert.Equal(HttpStatusCode.NotFound, (await Delete(stranger, $"/api/v1/nostr/domain/{foreign}/handle/{handle["id"]}")).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await Delete(stranger, $"{path}/{handle["id"]}")).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await Delete(stranger, $"/api/v1/nostr/domain/{domain}")).Status);

        var deleted = await Delete(owner, $"{path}/{handle["id"]}");
        Assert.Equal((HttpStatusCode.OK, "{\"data\":null}"), (deleted.Status, deleted.Json!.ToJsonString()));
        Assert.Equal(HttpStatusCode.NotFound, (await Delete(owner, $"{path}/{handle["id"]}")).Status);
        Assert.Equal(HttpStatusCode.OK, (await Delete(owner, $"/api/v1/nostr/domain/{domain}")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await owner.Get(path)).Status);
        Assert.Equal(HttpStatusCode.OK, (await Register(stranger, "example.com")).Status);

        static (HttpStatusCode, string) Seen(Answer answer) => (answer.Status, answer.Error);
    }

    [Fact]
    public async Task Domains_are_limited_and_a_name_has_one_owner_however_many_ask_at_once()
    {
        await using var shop = await ApiShop.Start();
        using var owner = shop.NewCustomer();
        using var stranger = shop.NewCustomer();
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Register(i % 2 == 0 ? owner : stranger, "race.example")));
        Assert.Equal(1, answers.Count(answer => answer.Status == HttpStatusCode.OK));
        Assert.Equal(7, answers.Count(answer => answer.Status == HttpStatusCode.Conflict));

        using var greedy = shop.NewCustomer();
        for (var i = 0; i < 100; i++)
            Assert.Equal(HttpStatusCode.OK, (await Register(greedy, $"d{i}.example")).Status);
        Assert.Equal(HttpStatusCode.Conflict, (await Register(greedy, "one-more.example")).Status);
        Assert.Equal("", (string)(await greedy.Get("/api/v1/nostr/domain")).Data["cname"]!);
    }
}
