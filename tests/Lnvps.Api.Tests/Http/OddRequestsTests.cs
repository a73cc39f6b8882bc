using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Lnvps.Api.Http;
using Lnvps.Api.Http.Contracts;
using Lnvps.Api.Tests.Documents;
using Microsoft.AspNetCore.Routing;

namespace Lnvps.Api.Tests.Http;

/// <summary>
/// No request ever causes a 500: every endpoint that the server has is walked with odd ids in its path, odd values in its query, bodies that say they are something
/// else than JSON, and, for every field of every body that the OpenAPI document describes, values of each JSON type that does not belong there.
/// </summary>
public class OddRequestsTests
{
    static readonly string[] Ids =
    [
        "0", "-1", "+1", "18446744073709551615", "18446744073709551616", "99999999999999999999999999999999", "1.5", "1e3", "0x1", "abc", "%00", "1%00", "%31%00", "%D9%A3", "%ff%fe", "%20",
        "%2e%2e", "..%2f1", "1%2f2", "null", "%7Bid%7D", "'%20OR%201=1",
    ];

    static readonly string[] ContentTypes =
    [
        "", "text/plain", "text/json", "application/xml", "application/octet-stream", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/jsonx", "json", ";;",
    ];

    static readonly JsonNode?[] Samples =
    [
        null, true, 0, 1, -1, 0.5, JsonNode.Parse("1e400"), JsonNode.Parse("18446744073709551616"), "", "text", new JsonArray(), new JsonArray(1, "x"), new JsonObject(), new JsonObject { ["a"] = 1 },
    ];

    [Fact]
    public async Task Odd_ids_in_the_path_of_any_endpoint_are_refused()
    {
        await using var shop = await ApiShop.Start();
        using var customer = shop.NewCustomer();
        var paths = await OwnThings.Paths(shop, customer);
        var sent = 0;
        foreach (var (name, method, endpoint) in Endpoints(shop))
        {
            foreach (var parameter in endpoint.RoutePattern.Parameters)
            {
                foreach (var id in Ids)
                {
                    var path = paths(name.Replace($"{{{parameter.Name}}}", "{odd}", StringComparison.Ordinal)).Replace("{odd}", id, StringComparison.Ordinal);
                    var body = Example(method, name.Split(' ')[1]);
                    await IsRefused(shop, customer, method, path, body?.ToJsonString(), "application/json");
                    sent++;
                }
            }
        }
        Assert.InRange(sent, 20 * Ids.Length, int.MaxValue);
    }

    [Fact]
    public async Task Bodies_that_say_they_are_no_JSON_are_refused()
    {
        await using var shop = await ApiShop.Start();
        using var customer = shop.NewCustomer();
        var paths = await OwnThings.Paths(shop, customer);
        foreach (var (name, method, endpoint) in Endpoints(shop))
        {
            if (endpoint.Metadata.GetRequiredMetadata<Contract>().BodyType is null)
                continue;
            var body = Example(method, name.Split(' ')[1])?.ToJsonString() ?? "{}";
            foreach (var type in ContentTypes)
                await IsRefused(shop, customer, method, paths(name), body, type);
            await IsRefused(shop, customer, method, paths(name), Encoding.Unicode.GetBytes(body), "application/json; charset=utf-16");
            await IsRefused(shop, customer, method, paths(name), [.. "{\"a\":\""u8, 0xff, .. "\"}"u8], "application/json");
        }
    }

    [Fact]
    public async Task Every_field_refuses_every_type_that_is_not_its_own()
    {
        await using var shop = await ApiShop.Start();
        using var customer = shop.NewCustomer();
        var paths = await OwnThings.Paths(shop, customer);
        var fields = 0;
        foreach (var (name, method, endpoint) in Endpoints(shop))
        {
            if (endpoint.Metadata.GetRequiredMetadata<Contract>().BodyType is null || SchemaOf(method, name.Split(' ')[1]) is not { } schema)
                continue;
            var example = ExampleOf(schema)!;
            foreach (var (put, fieldSchema) in Fields(schema, value => value))
            {
                fields++;
                foreach (var sample in Samples)
                {
                    if (OpenApiDocument.Fits(sample, fieldSchema))
                        continue;
                    var body = put(sample?.DeepClone(), example.DeepClone());
                    await IsRefused(shop, customer, method, paths(name), body?.ToJsonString() ?? "null", "application/json");
                }
            }
        }
        // Each field of each body in the document is met, and the bodies themselves.
        Assert.Equal(DescribedFields(), fields);
    }

    [Fact]
    public async Task Odd_values_in_the_query_of_any_endpoint_bring_no_500()
    {
        await using var shop = await ApiShop.Start();
        using var customer = shop.NewCustomer();
        var paths = await OwnThings.Paths(shop, customer);
        foreach (var (name, method, endpoint) in Endpoints(shop))
        {
            foreach (var value in endpoint.Metadata.GetRequiredMetadata<Contract>().QueryValues)
            {
                var schema = JsonNode.Parse(value.Schema)!;
                foreach (var odd in Ids.Append("").Append($"1&{value.Name}=x"))
                {
                    var path = $"{paths(name)}?{value.Name}={odd}";
                    var body = Example(method, name.Split(' ')[1])?.ToJsonString();
                    if (IsMeant(Uri.UnescapeDataString(odd.Split('&')[0]), schema))
                        Assert.True((await Send(shop, customer, method, path, Bytes(body), "application/json")).Status is < 500 or 501, path);
                    else
                        await IsRefused(shop, customer, method, path, body, "application/json");
                }
            }
        }
    }

    /// <summary>Whether a text of the query may mean something to the endpoint.</summary>
    static bool IsMeant(string text, JsonNode schema) =>
        (schema["type"]?.GetValue<string>() == "integer" ? ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? JsonValue.Create(number) : null : JsonValue.Create(text))
            is { } value && OpenApiDocument.Fits(value, schema);

    static IEnumerable<(string Name, HttpMethod Method, RouteEndpoint Endpoint)> Endpoints(ApiShop shop) =>
        // What takes nothing away comes first, so that the others find their things.
        shop.Endpoints.Select(endpoint => (Method: endpoint.Metadata.GetRequiredMetadata<HttpMethodMetadata>().HttpMethods[0], endpoint))
            .OrderBy(pair => pair.Method == "DELETE").ThenBy(pair => pair.endpoint.RoutePattern.RawText, StringComparer.Ordinal)
            .Select(pair => ($"{pair.Method} {pair.endpoint.RoutePattern.RawText}", new HttpMethod(pair.Method), pair.endpoint));

    static Task IsRefused(ApiShop shop, ApiCustomer customer, HttpMethod method, string path, string? body, string contentType) =>
        IsRefused(shop, customer, method, path, Bytes(body), contentType);

    static async Task IsRefused(ApiShop shop, ApiCustomer customer, HttpMethod method, string path, byte[]? body, string contentType)
    {
        var (status, text) = await Send(shop, customer, method, path, body, contentType);
        // Wallets are told in their own way (LUD-06).
        if (Lnurl.IsMatch(path))
        {
            Assert.True(status is (>= 400 and < 500) or 200 && (status != 200 || JsonNode.Parse(text)?["status"]?.GetValue<string>() == "ERROR"), $"{path}: {status} {text}");
            return;
        }
        var what = $"{method} {path} as '{contentType}' {(body is null ? "" : Encoding.UTF8.GetString(body))}: {status} {text}";
        Assert.True(status is >= 400 and < 500, what);
        // What is no HTTP at all the server refuses before any layer of ours, without a body.
        Assert.True(text.Length > 0 ? JsonNode.Parse(text)?["error"] is not null : status == 400 && path.Contains("%00", StringComparison.Ordinal), what);
    }

    static async Task<(int Status, string Text)> Send(ApiShop shop, ApiCustomer customer, HttpMethod method, string path, byte[]? body, string contentType)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Headers.TryAddWithoutValidation("Authorization", customer.Sign(method, path.Split('?')[0]));
        if (body is not null)
        {
            request.Content = new ByteArrayContent(body);
            if (contentType.Length > 0)
                request.Content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        }
        using var answer = await customer.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        return ((int)answer.StatusCode, answer.IsSuccessStatusCode && answer.Content.Headers.ContentType?.MediaType != "application/json" ? "" : await answer.Content.ReadAsStringAsync());
    }

    static readonly Regex Lnurl = new("^(/\\.well-known/lnurlp/|/api/v1/vm/[^/]*/renew-lnurlp)", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1));

    static byte[]? Bytes(string? text) => text is null ? null : Encoding.UTF8.GetBytes(text);

    static JsonNode? SchemaOf(HttpMethod method, string route) =>
        OpenApiDocument.Served["paths"]![route]?[method.Method.ToLowerInvariant()]?["requestBody"] is { } described ? OpenApiDocument.SchemaOf(described) : Development.GetValueOrDefault(route);

    /// <summary>The bodies of the development endpoints, which are not in the document.</summary>
    static readonly Dictionary<string, JsonNode> Development = new()
    {
        ["/api/dev/v1/lightning/pay"] = JsonNode.Parse("""{"type":"object","required":["invoice"],"properties":{"invoice":{"type":"string"}}}""")!,
        ["/api/dev/v1/clock"] = JsonNode.Parse("""{"type":"object","required":["advance"],"properties":{"advance":{"type":"string"}}}""")!,
    };

    static JsonNode? Example(HttpMethod method, string route) => SchemaOf(method, route) is { } schema ? ExampleOf(schema) : null;

    /// <summary>A value that fits, with every field.</summary>
    static JsonNode? ExampleOf(JsonNode schema)
    {
        var described = OpenApiDocument.Resolve(schema);
        if (described["anyOf"] is JsonArray choices)
            return ExampleOf(choices[0]!);
        if (described["enum"] is JsonArray words)
            return words[0]!.DeepClone();
        return TypeOf(described) switch
        {
            "object" => new JsonObject(described["properties"]!.AsObject().Select(field => KeyValuePair.Create(field.Key, ExampleOf(field.Value!)))),
            "array" => new JsonArray(ExampleOf(described["items"]!)),
            "string" => "x",
            "boolean" => true,
            "integer" or "number" => 1,
            var other => throw new InvalidOperationException($"No example of {other}: {described}"),
        };
    }

    static string TypeOf(JsonObject schema) => (schema["type"] is JsonArray types ? types[0] : schema["type"])!.GetValue<string>();

    /// <summary>Every place in a body: how a value is put there, and what belongs there.</summary>
    static IEnumerable<(Func<JsonNode?, JsonNode, JsonNode?> Put, JsonNode Schema)> Fields(JsonNode schema, Func<JsonNode, JsonNode> find)
    {
        yield return ((value, _) => value, schema);
        foreach (var inner in Inner(OpenApiDocument.Resolve(schema), find))
            yield return inner;
    }

    static IEnumerable<(Func<JsonNode?, JsonNode, JsonNode?> Put, JsonNode Schema)> Inner(JsonObject schema, Func<JsonNode, JsonNode> find)
    {
        foreach (var (name, field) in schema["properties"]?.AsObject() ?? [])
        {
            yield return ((value, body) =>
            {
                find(body)[name] = value;
                return body;
            }, field!);
            foreach (var inner in Inner(OpenApiDocument.Resolve(field!), body => find(body)[name]!))
                yield return inner;
        }
        if (schema["items"] is not { } items)
            yield break;
        yield return ((value, body) =>
        {
            find(body)[0] = value;
            return body;
        }, items);
        foreach (var inner in Inner(OpenApiDocument.Resolve(items), body => find(body)[0]!))
            yield return inner;
    }

    /// <summary>How many places the bodies of the document and of development have, counted from the document itself.</summary>
    static int DescribedFields() =>
        OpenApiDocument.Served["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject()).Select(operation => (operation.Value as JsonObject)?["requestBody"])
            .OfType<JsonNode>().Select(OpenApiDocument.SchemaOf).Concat(Development.Values).Sum(schema => 1 + CountInner(schema));

    static int CountInner(JsonNode schema)
    {
        var described = OpenApiDocument.Resolve(schema);
        var fields = described["properties"]?.AsObject().Sum(field => 1 + CountInner(field.Value!)) ?? 0;
        return described["items"] is { } items ? fields + 1 + CountInner(items) : fields;
    }
}
