using System.Net;
using System.Reflection;
using System.Text.Json.Nodes;
using Lnvps.Api.Tests.Documents;
using Lnvps.Core.Outcomes;

namespace Lnvps.Api.Tests.Http;

/// <summary>The list of error codes: what the program says, what the document says, and what comes over the wire are one list.</summary>
public class ErrorCodeTests
{
    [Fact]
    public void Names_are_snake_case_and_unique()
    {
        var names = ErrorCodes.All.Select(code => code.Wire()).ToList();

        Assert.Equal(names.Count, names.Distinct(StringComparer.Ordinal).Count());
        Assert.All(names, name => Assert.Matches("^[a-z]+(_[a-z]+)*$", name));
        Assert.Equal("no_capacity", ErrorCode.NoCapacity.Wire());
        Assert.Equal("invalid_ssh_key", ErrorCode.InvalidSshKey.Wire());
    }

    [Fact]
    public void The_document_lists_every_code_with_its_status_and_no_other()
    {
        var documented = ErrorMeanings.Rows.Select(row => $"{row.Code} {row.Status}");

        Assert.Equal(ErrorCodes.All.Select(code => $"{code.Wire()} {code.Status()}"), documented);
    }

    [Fact]
    public void A_refusal_has_the_status_of_its_code()
    {
        foreach (var factory in typeof(Refusal).GetMethods(BindingFlags.Public | BindingFlags.Static).Where(method => method.ReturnType == typeof(Refusal) && method.GetParameters().Length == 1))
        {
            var refusal = (Refusal)factory.Invoke(null, ["x"])!;
            Assert.Equal(refusal.Kind, Refusal.Because(refusal.Code, "x").Kind);
        }
        foreach (var code in ErrorCodes.All)
            Assert.Equal(code.Status() is 401 or 405 or 413 or 415 or 429 ? 500 : code.Status(), ErrorCodes.OfStatus(Refusal.Because(code, "x") switch
            {
                { Kind: RefusalKind.Invalid } => 400,
                { Kind: RefusalKind.PaymentRequired } => 402,
                { Kind: RefusalKind.NotYours } => 403,
                { Kind: RefusalKind.NotFound } => 404,
                { Kind: RefusalKind.Conflict } => 409,
                { Kind: RefusalKind.Unprocessable } => 422,
                { Kind: RefusalKind.NotOffered } => 501,
                { Kind: RefusalKind.Unavailable } => 503,
                _ => 500,
            }).Status());
    }

    [Fact]
    public async Task Errors_of_every_layer_carry_a_code()
    {
        await using var shop = await ApiShop.Start();
        using var customer = shop.NewCustomer();
        using var other = shop.NewCustomer();
        var vm = await customer.Order();
        var key = await customer.AddSshKey();
        JsonObject Order(uint template, uint image) => new() { ["template_id"] = template, ["image_id"] = image, ["ssh_key_id"] = key };

        async Task Is(string code, HttpStatusCode status, Task<Answer> call)
        {
            var answer = await call;
            Assert.Equal((status, code), (answer.Status, answer.Code));
        }

        await Is("credential_missing", HttpStatusCode.Forbidden, customer.Send(HttpMethod.Get, "/api/v1/vm", null, sign: false));
        await Is("invalid_credential", HttpStatusCode.Unauthorized, customer.Send(HttpMethod.Get, "/api/v1/vm", null, "Nostr e30="));
        await Is("credential_out_of_time", HttpStatusCode.Unauthorized, customer.Send(HttpMethod.Get, "/api/v1/vm", null, customer.Sign(HttpMethod.Get, "/api/v1/vm", 1)));
        await Is("not_found", HttpStatusCode.NotFound, customer.Get("/api/v1/nothing"));
        await Is("method_not_allowed", HttpStatusCode.MethodNotAllowed, customer.Send(HttpMethod.Delete, "/api/v1/vm", null));
        await Is("invalid_parameter", HttpStatusCode.BadRequest, customer.Get("/api/v1/vm/x"));
        await Is("does_not_fit", HttpStatusCode.UnprocessableEntity, customer.Post("/api/v1/vm", new JsonObject()));
        await Is("not_json", HttpStatusCode.UnsupportedMediaType, customer.Post("/api/v1/vm", null));
        await Is("body_too_large", HttpStatusCode.RequestEntityTooLarge, customer.Post("/api/v1/ssh-key", new JsonObject { ["name"] = new string('x', 3 << 20), ["key_data"] = "" }));
        await Is("invalid_ssh_key", HttpStatusCode.BadRequest, customer.Post("/api/v1/ssh-key", new JsonObject { ["name"] = "x", ["key_data"] = "rsa" }));
        await Is("not_found", HttpStatusCode.NotFound, customer.Post("/api/v1/vm", Order(999, 1)));
        await Is("not_yours", HttpStatusCode.Forbidden, other.Get($"/api/v1/vm/{vm}"));
        await Is("payment_required", HttpStatusCode.PaymentRequired, customer.Patch($"/api/v1/vm/{vm}/start"));
        await Is("not_offered", HttpStatusCode.NotImplemented, customer.Get($"/api/v1/vm/{vm}/renew?method=paypal"));
        await shop.Execute("UPDATE vm_os_image SET enabled = 0");
        await Is("not_for_sale", HttpStatusCode.BadRequest, customer.Post("/api/v1/vm", Order(1, 1)));
        await shop.Execute("UPDATE vm_os_image SET enabled = 1");
        await shop.Execute("UPDATE vm_host SET enabled = 0");
        await Is("no_capacity", HttpStatusCode.Conflict, customer.Post("/api/v1/vm", Order(1, 1)));
    }
}
