using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Lnvps.Api.Http;
using Lnvps.Api.Http.Contracts;
using Lnvps.Core.Outcomes;
using Lnvps.Testing;
using Lnvps.Testing.Contact;
using Lnvps.Testing.Interop;

namespace Lnvps.Api.Tests.Documents;

/// <summary>
/// The OpenAPI document is the one that the code says. After a change of an endpoint or a wire type run these tests with <c>LNVPS_WRITE_GOLDEN=1</c>, read what has
/// changed in <c>src/Lnvps.Api/Documents/openapi.json</c>, and build again: it is embedded in the program.
/// </summary>
public class OpenApiTests
{
    static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    [Fact]
    public async Task The_document_is_what_the_endpoints_say()
    {
        await using var shop = await ApiShop.Start();
        var text = new OpenApiWriter().Write(shop.Endpoints).ToJsonString(Indented) + "\n";
        var file = Path.Combine(Checkout.Root, "src", "Lnvps.Api", "Documents", "openapi.json");
        if (Environment.GetEnvironmentVariable("LNVPS_WRITE_GOLDEN") == "1")
            await File.WriteAllTextAsync(file, text);

        Assert.Equal(await File.ReadAllTextAsync(file), text);
    }

    [Fact]
    public async Task It_holds_every_endpoint_and_no_other()
    {
        await using var shop = await ApiShop.Start();
        var mapped = shop.Endpoints.Where(OpenApiWriter.IsDescribed).Select(endpoint => $"{OpenApiWriter.MethodOf(endpoint)} {endpoint.RoutePattern.RawText}");
        var described = OpenApiDocument.Served["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject().Select(operation => $"{operation.Key} {path.Key}"));

        Assert.Equal(mapped.Order(StringComparer.Ordinal), described.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_error_code_is_listed_and_some_call_may_answer_it()
    {
        var listed = OpenApiDocument.Served["components"]!["schemas"]!["ErrorCode"]!["enum"]!.AsArray().Select(code => code!.GetValue<string>()).ToList();
        var answered = OpenApiDocument.Served["components"]!["responses"]!.AsObject().SelectMany(response => response.Key.Split('.')).ToHashSet(StringComparer.Ordinal);
        // No call that is in the document is answered with it.
        answered.Add(ErrorCode.MethodNotAllowed.Wire());

        Assert.Equal(ErrorCodes.All.Select(code => code.Wire()), listed);
        Assert.Equal(listed.Order(StringComparer.Ordinal), answered.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_reader_of_others_takes_it_as_OpenAPI_3_1_without_complaint()
    {
        var read = Microsoft.OpenApi.OpenApiDocument.Parse(OpenApiDocument.Embedded("openapi.json"), "json");

        Assert.Empty(read.Diagnostic!.Errors);
        Assert.Empty(read.Diagnostic.Warnings);
        Assert.Equal(Microsoft.OpenApi.OpenApiSpecVersion.OpenApi3_1, read.Diagnostic.SpecificationVersion);
        Assert.Equal(OpenApiDocument.Served["paths"]!.AsObject().Count, read.Document!.Paths.Count);
        Assert.All(read.Document.Paths.SelectMany(path => path.Value.Operations!.Values), operation => Assert.NotNull(operation.Responses));
        var ids = read.Document.Paths.SelectMany(path => path.Value.Operations!.Values).Select(operation => operation.OperationId).ToList();
        Assert.Equal(ids.Count, ids.Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public async Task Every_operation_answers_as_it_says_and_validators_of_others_agree()
    {
        await using var turnstile = await TurnstileSimulator.Start();
        await using var shop = await ApiShop.Start(extra: $$$"""captcha: {turnstile: {secret-key: "{{{TurnstileSimulator.SecretKey}}}", url: "{{{turnstile.Url}}}"}}""");
        using var customer = shop.NewCustomer();
        var story = new OneOfEach(customer);
        await story.Play(shop);
        turnstile.Solved["0.abc"] = true;
        await story.Post("/api/v1/contact", JsonNode.Parse("""
            {"subject":"Hello","message":"Can I get more?","email":"a@example.org","name":"Alice","user_pubkey":"","timestamp":"2026-02-19T10:00:00Z","turnstile_token":"0.abc"}
            """)!);

        var answersJson = OpenApiDocument.Served["paths"]!.AsObject()
            .SelectMany(path => path.Value!.AsObject().Where(one => one.Value!["responses"]!["200"]?["content"]?["application/json"] is not null).Select(one => $"{one.Key} {path.Key}"));
        // Not offered yet.
        Assert.Equal(["post /api/v1/subscriptions/{id}/ip_ranges"], answersJson.Except(story.Called, StringComparer.Ordinal));

        var answers = story.Answers;
        foreach (var path in new[] { "/api/v1/vm/99", "/api/v1/vm/x" })
        {
            var answer = await customer.Get(path);
            answers.Add(new JsonObject { ["path"] = "/api/v1/vm/{id}", ["method"] = "get", ["status"] = (int)answer.Status, ["body"] = answer.Json!.DeepClone() });
        }
        // One that is wrong, so that a validator that takes everything is noticed.
        answers.Add(new JsonObject { ["path"] = "/api/v1/image", ["method"] = "get", ["status"] = 200, ["body"] = new JsonObject { ["data"] = new JsonArray(new JsonObject { ["id"] = "1" }) } });

        var said = await NodeScript.Run("openapi.js", new JsonObject { ["document"] = OpenApiDocument.Served.DeepClone(), ["answers"] = answers.DeepClone() });

        Assert.True(said["document"]!["valid"]!.GetValue<bool>(), said["document"]!.ToJsonString());
        var faults = said["answers"]!.AsArray();
        Assert.Equal(answers.Count, faults.Count);
        Assert.All(faults.SkipLast(1).Zip(answers), both => Assert.True(both.First!.AsArray().Count == 0, $"{both.Second!["path"]}: {both.First}"));
        Assert.NotEmpty(faults[^1]!.AsArray());
    }

    [Fact]
    public async Task The_documentation_is_served_with_all_that_its_pages_load()
    {
        await using var shop = await ApiShop.Start();
        using var http = new HttpClient(new SocketsHttpHandler()) { BaseAddress = shop.Address };
        foreach (var (path, type, holds) in new[]
        {
            ("/openapi.json", "application/json", "\"openapi\": \"3.1.0\""), ("/swagger", "text/html", "/openapi.json"), ("/swagger/swagger-ui.css", "text/css", ".swagger-ui"),
            ("/swagger/swagger-ui-bundle.js", "text/javascript", "SwaggerUIBundle"), ("/", "text/html", "LNVPS API Documentation"),
        })
        {
            using var answer = await http.GetAsync(new Uri(path, UriKind.Relative));
            Assert.Equal((path, System.Net.HttpStatusCode.OK, type), (path, answer.StatusCode, answer.Content.Headers.ContentType!.MediaType));
            Assert.Contains(holds, await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
            Assert.Equal(type == "text/html", answer.Headers.TryGetValues("Content-Security-Policy", out var policy) && policy.Single().Contains("sha256-", StringComparison.Ordinal));
        }
        using var nothing = await http.GetAsync(new Uri("/swagger/index.html", UriKind.Relative));
        Assert.Equal(System.Net.HttpStatusCode.NotFound, nothing.StatusCode);
    }

    [Fact]
    public void What_is_not_declared_cannot_be_read()
    {
        var contract = new Contract(new AnswerForm.Done()).Query("method", Form.Method, "").Body(ApiJson.Wire.NewSshKey);

        contract.CheckQuery("method");
        contract.CheckBody(typeof(Lnvps.Api.SshKeys.NewSshKey));
        Assert.Throws<InvalidOperationException>(() => contract.CheckQuery("intervals"));
        Assert.Throws<InvalidOperationException>(() => contract.CheckBody(typeof(Lnvps.Api.Offers.StandardOrder)));
    }

    [Theory]
    [InlineData("200", """{"data":[]}""", false)]
    [InlineData("200", """{"data":[{"id":1,"name":"a","created":"2026-02-19T10:00:00Z"}]}""", false)]
    [InlineData("200", """{"data":[{"id":1,"name":"a","created":"2026-02-19T10:00:00.5Z"}]}""", true)]
    [InlineData("200", """{"data":[{"id":-1,"name":"a","created":"2026-02-19T10:00:00Z"}]}""", true)]
    [InlineData("200", """{"data":[{"id":1,"name":null,"created":"2026-02-19T10:00:00Z"}]}""", true)]
    [InlineData("200", """{"data":[{"id":1,"created":"2026-02-19T10:00:00Z"}]}""", true)]
    [InlineData("200", """{"data":[{"id":1,"name":"a","created":"2026-02-19T10:00:00Z","key_data":"x"}]}""", true)]
    [InlineData("200", """{"data":null}""", true)]
    [InlineData("401", """{"error":"x","code":"credential_out_of_time"}""", false)]
    [InlineData("401", """{"error":"x","code":"not_found"}""", true)]
    [InlineData("401", """{"error":"x"}""", true)]
    [InlineData("404", """{"error":"x","code":"not_found"}""", true)]
    public void A_wrong_answer_is_noticed(string status, string answer, bool isWrong) => Assert.Equal(isWrong,
        OpenApiDocument.Faults("GET", "/api/v1/ssh-key", null, int.Parse(status, System.Globalization.CultureInfo.InvariantCulture), JsonNode.Parse(answer), hasAction: false).Count > 0);

    [Theory]
    [InlineData(200, """{"name":"a","key_data":"b"}""", false)]
    [InlineData(200, """{"name":"a"}""", true)]
    [InlineData(422, """{"name":"a"}""", false)]
    [InlineData(422, """{"name":"a","key_data":"b"}""", true)]
    public void A_body_that_is_judged_otherwise_than_declared_is_noticed(int status, string body, bool isWrong) => Assert.Equal(isWrong,
        OpenApiDocument.Faults("POST", "/api/v1/ssh-key", JsonNode.Parse(body), status, JsonNode.Parse(status == 200
            ? """{"data":{"id":1,"name":"a","created":"2026-02-19T10:00:00Z"}}"""
            : """{"error":"x","code":"does_not_fit"}"""), hasAction: false).Count > 0);
}
