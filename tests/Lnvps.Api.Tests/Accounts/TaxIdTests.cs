using System.Net;
using System.Text.Json.Nodes;
using Lnvps.Testing.Taxes;

namespace Lnvps.Api.Tests.Accounts;

/// <summary>The VAT number of an account (customer-api.md section 6.2, billing.md section 6.3).</summary>
public sealed class TaxIdTests : IAsyncLifetime
{
    ViesSimulator _vies = null!;
    ApiShop _shop = null!;
    ApiCustomer _customer = null!;

    public async Task InitializeAsync()
    {
        _vies = await ViesSimulator.Start();
        _vies.Registered["DE123456789"] = "ACME GmbH";
        _shop = await ApiShop.Start(extra: $"vies: {{url: \"{_vies.Url}\"}}");
        _customer = _shop.NewCustomer();
    }

    public async Task DisposeAsync()
    {
        _customer.Dispose();
        await _shop.DisposeAsync();
        await _vies.DisposeAsync();
    }

    Task<Answer> Save(JsonNode? taxId, string name = "Alice") => _customer.Patch("/api/v1/account", new JsonObject { ["name"] = name, ["tax_id"] = taxId });

    async Task<(string? Name, string? TaxId)> Stored()
    {
        var account = (await _customer.Get("/api/v1/account")).Data;
        return (account["name"]?.GetValue<string>(), account["tax_id"]?.GetValue<string>());
    }

    [Fact]
    public async Task A_valid_number_is_stored_as_given()
    {
        Assert.Equal(HttpStatusCode.OK, (await Save("de 123.456-789")).Status);
        Assert.Equal(("Alice", "de 123.456-789"), await Stored());
        Assert.Equal(["DE123456789"], _vies.Asked);
    }

    [Theory]
    [InlineData("DE000")]
    [InlineData("DE")]
    [InlineData("ß")]
    [InlineData("🦊🦊🦊")]
    [InlineData("ÄÖ123456789")]
    [InlineData("\u0000\u0001\u0002")]
    public async Task Any_other_is_refused_and_nothing_is_stored(string taxId)
    {
        var answer = await Save(taxId);
        Assert.Equal((HttpStatusCode.BadRequest, "Invalid tax ID"), (answer.Status, answer.Error));
        Assert.Equal((null, null), await Stored());
    }

    [Fact]
    public async Task While_the_register_is_down_nothing_is_stored_and_the_old_number_stays()
    {
        await Save("DE123456789");
        _vies.Fault = ViesFault.Wrapped;
        var answer = await Save("DE999999999", "Bob");
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.StartsWith("Failed to validate tax ID: ", answer.Error, StringComparison.Ordinal);
        Assert.Equal(("Alice", "DE123456789"), await Stored());

        // The whole object is sent back by clients; a number that did not change is not asked for.
        Assert.Equal(HttpStatusCode.OK, (await Save("DE123456789", "Bob")).Status);
        Assert.Equal(HttpStatusCode.OK, (await _customer.Patch("/api/v1/account", new JsonObject { ["name"] = "Carol" })).Status);
        Assert.Equal(("Carol", "DE123456789"), await Stored());
        Assert.Equal(2, _vies.Asked.Count);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("  ")]
    public async Task Nothing_clears_the_number_without_a_check(string? nothing)
    {
        await Save("DE123456789");
        _vies.Fault = ViesFault.Abort;
        Assert.Equal(HttpStatusCode.OK, (await Save(nothing)).Status);
        Assert.Equal(("Alice", null), await Stored());
        Assert.Single(_vies.Asked);
    }

    [Fact]
    public async Task A_wrong_field_beside_it_keeps_the_register_unasked()
    {
        var answer = await _customer.Patch("/api/v1/account", new JsonObject { ["tax_id"] = "DE123456789", ["country_code"] = "XXX" });
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Empty(_vies.Asked);
        Assert.Equal(HttpStatusCode.BadRequest, (await Save(new string('1', 51))).Status);
    }
}
