using System.Globalization;
using System.Text.Json.Nodes;

namespace Lnvps.Api.Tests.Documents;

/// <summary>The OpenAPI document as it is served, and whether real calls keep to it. Every call of <see cref="ApiCustomer"/> is judged.</summary>
static class OpenApiDocument
{
    static readonly Lazy<JsonNode> Loaded = new(() => JsonNode.Parse(Embedded("openapi.json"))!);

    public static JsonNode Served => Loaded.Value;

    /// <summary>A document that is embedded in the program.</summary>
    public static string Embedded(string name)
    {
        using var stream = typeof(ApiHost).Assembly.GetManifestResourceStream($"Lnvps.Api.Documents.{name}") ?? throw new InvalidOperationException($"{name} is not embedded");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    /// <summary>In what a call and its answer differ from the document; empty when they do not.</summary>
    /// <param name="request">The body that was sent; null for none, or none that is JSON.</param>
    public static IReadOnlyList<string> Faults(string method, string path, JsonNode? request, int status, JsonNode? answer, bool hasAction)
    {
        path = path.Split('?')[0];
        if (path.StartsWith("/api/dev/", StringComparison.Ordinal))
            return [];
        if (Find(method, path) is not { } operation)
            return status is 404 or 405 ? Closed.Faults(answer, Served["components"]!["schemas"]!["Error"]!) : [$"{method} {path} is not in the document but answers {status}"];
        if (operation["responses"]![status.ToString(CultureInfo.InvariantCulture)] is not { } response)
            return [$"{method} {path} may not answer {status}: {answer?.ToJsonString()}"];
        if (response["$ref"] is { } reference)
            response = Closed.Resolve(reference);
        var faults = new List<string>();
        if (response["content"]?["application/json"]?["schema"] is { } schema)
            faults.AddRange(Closed.Faults(answer, schema));
        // Work that failed is told about like any other.
        if (hasAction && operation["responses"]!["200"]!["headers"]?["X-Action-Id"] is null)
            faults.Add("The answer has X-Action-Id, which is not declared");
        if (request is not null && operation["requestBody"]?["content"]?["application/json"]?["schema"] is { } body)
            faults.AddRange(RequestFaults(request, body, status, answer));
        return faults.ConvertAll(fault => $"{method} {path} {status}: {fault}");
    }

    static readonly Lazy<Fit> ClosedFit = new(() => new Fit(Served, isClosed: true));
    static readonly Lazy<Fit> OpenFit = new(() => new Fit(Served, isClosed: false));

    static Fit Closed => ClosedFit.Value;

    /// <summary>Whether the document allows a call to bring this body; null = none. False too for what it does not know.</summary>
    public static bool Allows(string method, string path, JsonNode? body)
    {
        if (BodyOf(method, path) is not { } described)
            return false;
        return body is null ? described["required"]?.GetValue<bool>() != true : OpenFit.Value.Faults(body, SchemaOf(described)).Count == 0;
    }

    /// <summary>What the document says about the body of a call; null when it takes none.</summary>
    public static JsonNode? BodyOf(string method, string path) => Find(method, path)?["requestBody"];

    /// <summary>The JSON schema of a described body.</summary>
    public static JsonNode SchemaOf(JsonNode described) => described["content"]!["application/json"]!["schema"]!;

    /// <summary>Whether a value fits a schema of the document.</summary>
    public static bool Fits(JsonNode? value, JsonNode schema) => OpenFit.Value.Faults(value, schema).Count == 0;

    /// <summary>What a schema refers to, or itself.</summary>
    public static JsonObject Resolve(JsonNode schema) => schema["$ref"] is { } reference ? OpenFit.Value.Resolve(reference) : schema.AsObject();

    /// <summary>What is taken must fit, and what is refused because it does not fit must not.</summary>
    static IEnumerable<string> RequestFaults(JsonNode request, JsonNode schema, int status, JsonNode? answer)
    {
        var faults = OpenFit.Value.Faults(request, schema);
        if (status == 200)
            return faults.Select(fault => $"the body was taken, but the document forbids it: {fault}");
        return status == 422 && answer?["code"]?.GetValue<string>() == "does_not_fit" && faults.Count == 0 ? [$"the body was refused, but the document allows it: {request.ToJsonString()}"] : [];
    }

    /// <summary>The operation of a call: a path that is spelt out goes before one with a parameter.</summary>
    static JsonNode? Find(string method, string path)
    {
        var segments = path.Split('/');
        var found = Served["paths"]!.AsObject()
            .Where(pair => pair.Key.Split('/') is var template && template.Length == segments.Length && template.Zip(segments).All(both => both.First == both.Second || (both.First.StartsWith('{') && both.Second.Length > 0)))
            .OrderBy(pair => pair.Key.Count(letter => letter == '{')).FirstOrDefault();
        return found.Value?[method.ToLowerInvariant()];
    }
}
