using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Lnvps.Api.Http;
using Lnvps.Api.Http.Contracts;
using Lnvps.Api.Http.Repetition;
using Lnvps.Core.Outcomes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Lnvps.Api.Tests.Documents;

/// <summary>Writes the OpenAPI document from the endpoints of a running server: from their contracts, their access and what the serializer knows of their types.</summary>
sealed partial class OpenApiWriter
{
    const string About = """
        VMs for Bitcoin. A Nostr key is the account: each protected call carries an event signed with it (NIP-98). Successful answers are `{"data": …}`, errors `{"error": text, "code": word}`.
        Amounts are whole numbers in the smallest unit: millisatoshi for BTC, hundredths for every other currency. Sizes are bytes. Every GET answers HEAD too. What is not described here is
        answered with 404 (`not_found`) or, with another method, 405 (`method_not_allowed`).
        """;

    const string Credential = """
        `Nostr <base64 of the JSON of an event>` (NIP-98): kind 27235, signed within the last 600 seconds, with the tags `u` (the URL; its path must be the one called) and `method`. An
        event for a call that changes something can be used once.
        """;

    static readonly Dictionary<string, string> Tags = new(StringComparer.Ordinal)
    {
        ["account"] = "Account",
        ["ssh-key"] = "SSH keys",
        ["vm"] = "Machines",
        ["image"] = "Machines",
        ["action"] = "Slow work",
        ["payment"] = "Payments",
        ["webhook"] = "Payments",
        ["subscriptions"] = "Subscriptions",
        ["ip_space"] = "Subscriptions",
        ["nostr"] = "Nostr domains",
        ["contact"] = "Contact",
    };

    readonly SchemaBook _schemas = new(new DocStrings());
    readonly SortedDictionary<string, JsonObject> _responses = new(StringComparer.Ordinal);

    /// <summary>Whether the document describes an endpoint: those for development exist in development only.</summary>
    public static bool IsDescribed(RouteEndpoint endpoint) => !endpoint.RoutePattern.RawText!.StartsWith("/api/dev/", StringComparison.Ordinal);

    /// <summary>The method under which it stands: HEAD goes with GET; a webhook takes any, and is described with the one that is used.</summary>
    public static string MethodOf(RouteEndpoint endpoint) => endpoint.Metadata.GetRequiredMetadata<HttpMethodMetadata>().HttpMethods[0].ToLowerInvariant();

    public JsonObject Write(IEnumerable<RouteEndpoint> endpoints)
    {
        var paths = new JsonObject();
        foreach (var path in endpoints.Where(IsDescribed).GroupBy(endpoint => endpoint.RoutePattern.RawText!, StringComparer.Ordinal).OrderBy(path => path.Key, StringComparer.Ordinal))
            paths[path.Key] = new JsonObject(path.OrderBy(MethodOf, StringComparer.Ordinal).Select(one => KeyValuePair.Create(MethodOf(one), (JsonNode?)Operation(one))));
        var components = new JsonObject
        {
            ["schemas"] = WithErrors(_schemas.Schemas),
            ["responses"] = new JsonObject(_responses.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value))),
            ["securitySchemes"] = new JsonObject
            {
                ["nostr"] = new JsonObject { ["type"] = "apiKey", ["in"] = "header", ["name"] = "Authorization", ["description"] = OneLine(Credential) },
                ["nostrQuery"] = new JsonObject { ["type"] = "apiKey", ["in"] = "query", ["name"] = "auth", ["description"] = "The base64 of the same event, where a browser cannot send headers; its method is GET." },
            },
        };
        return new JsonObject
        {
            ["openapi"] = "3.1.0",
            ["info"] = new JsonObject { ["title"] = "LNVPS", ["version"] = "1.0.0", ["description"] = OneLine(About) },
            ["servers"] = new JsonArray(new JsonObject { ["url"] = "/" }),
            ["tags"] = new JsonArray([.. Tags.Values.Append("Service").Distinct(StringComparer.Ordinal).Select(name => (JsonNode)new JsonObject { ["name"] = name })]),
            ["paths"] = paths,
            ["components"] = components,
        };
    }

    JsonObject Operation(RouteEndpoint endpoint)
    {
        var contract = endpoint.Metadata.GetRequiredMetadata<Contract>();
        var path = endpoint.RoutePattern.RawText!;
        if (contract.Title.Length == 0)
            throw new InvalidOperationException($"{path} has no summary");
        var operation = new JsonObject
        {
            ["tags"] = new JsonArray(Tags.GetValueOrDefault(path.Split('/').ElementAtOrDefault(3) ?? "", "Service")),
            ["operationId"] = IdOf(MethodOf(endpoint), path),
            ["summary"] = contract.Title,
        };
        SchemaBook.Describe(operation, contract.Explanation);
        operation["security"] = endpoint.Metadata.GetRequiredMetadata<AccessRequirement>().Access switch
        {
            Access.Public => [],
            Access.CustomerByQuery => new JsonArray(new JsonObject { ["nostrQuery"] = new JsonArray() }),
            _ => new JsonArray(new JsonObject { ["nostr"] = new JsonArray() }),
        };
        var parameters = Parameters(endpoint, contract);
        if (parameters.Count > 0)
            operation["parameters"] = parameters;
        if (contract.BodyType is { } body)
            operation["requestBody"] = new JsonObject { ["required"] = !contract.IsBodyOptional, ["content"] = Json(_schemas.Of(body.Type)) };
        operation["responses"] = Responses(endpoint, contract);
        return operation;
    }

    static JsonArray Parameters(RouteEndpoint endpoint, Contract contract)
    {
        var parameters = new JsonArray();
        foreach (var part in endpoint.RoutePattern.Parameters)
        {
            var value = contract.PathValue is { } own && own.Name == part.Name ? own : new WireValue(part.Name, Form.Count, "Number of the object", IsRequired: true);
            parameters.Add(Parameter("path", value));
        }
        foreach (var value in contract.QueryValues)
            parameters.Add(Parameter("query", value));
        if (endpoint.Metadata.GetMetadata<Repeatable>() is not null)
        {
            parameters.Add(Parameter("header", new WireValue(CallKey.Header, """{"type":"string","minLength":1,"maxLength":255}""",
                "A text of the caller's choice: a repetition with the same text gets the first answer, for 24 hours, and nothing is done twice", IsRequired: false)));
        }
        return parameters;
    }

    static JsonObject Parameter(string place, WireValue value) => new()
    {
        ["name"] = value.Name,
        ["in"] = place,
        ["required"] = value.IsRequired,
        ["description"] = value.Meaning,
        ["schema"] = SchemaBook.Parse(value.Schema),
    };

    JsonObject Responses(RouteEndpoint endpoint, Contract contract)
    {
        var (status, good) = Good(contract.Answer);
        var headers = new JsonObject();
        if (contract.MayBeginAction)
            headers["X-Action-Id"] = Header("Number of the slow work that this call began: see /api/v1/action/{id}; errors that it ended with have it too");
        if (endpoint.Metadata.GetMetadata<Repeatable>() is not null)
            headers["Idempotent-Replayed"] = Header("`true` on an answer that is given again");
        if (headers.Count > 0)
            good["headers"] = headers;
        var responses = new JsonObject { [status.ToString(CultureInfo.InvariantCulture)] = good };
        foreach (var codes in ErrorsOf(endpoint, contract).GroupBy(code => code.Status()).OrderBy(codes => codes.Key))
            responses[codes.Key.ToString(CultureInfo.InvariantCulture)] = new JsonObject { ["$ref"] = $"#/components/responses/{Error([.. codes])}" };
        return responses;
    }

    (int Status, JsonObject Response) Good(AnswerForm answer) => answer switch
    {
        AnswerForm.Data data => (200, Answer("Done", Json(Envelope(_schemas.Of(data.Type.Type))))),
        AnswerForm.Page page => (200, Answer("A page", Json(PageOf(_schemas.Of(page.Rows.Type))))),
        AnswerForm.Done => (200, Answer("Done", Json(Envelope(new JsonObject { ["type"] = "null" })))),
        AnswerForm.Bare { Types: [] } => (200, Answer("Done", Json(new JsonObject { ["type"] = "object" }))),
        AnswerForm.Bare bare => (200, Answer("Done", Json(new JsonObject { ["oneOf"] = new JsonArray([.. bare.Types.Select(type => (JsonNode)_schemas.Of(type.Type))]) }))),
        AnswerForm.Document document => (200, Answer("Done", Text(document))),
        AnswerForm.Empty empty => (empty.Status, Answer("Nothing", content: null)),
        _ => throw new InvalidOperationException($"{answer} is not known"),
    };

    /// <summary>What it may be refused with: what any endpoint of its kind may, and its own.</summary>
    static SortedSet<ErrorCode> ErrorsOf(RouteEndpoint endpoint, Contract contract)
    {
        var codes = new SortedSet<ErrorCode>(contract.OwnErrors) { ErrorCode.RateLimited, ErrorCode.Internal };
        var access = endpoint.Metadata.GetRequiredMetadata<AccessRequirement>().Access;
        var takesPath = endpoint.RoutePattern.Parameters.Count > 0;
        // LNURL has a form of its own for what is wrong with a request.
        var hasOwnForm = contract.Answer is AnswerForm.Bare;
        if (access != Access.Public)
            codes.UnionWith([ErrorCode.InvalidCredential, ErrorCode.CredentialOutOfTime, ErrorCode.CredentialMissing]);
        if (access is Access.CustomerOnce or Access.CustomerByQuery)
            codes.Add(ErrorCode.CredentialUsed);
        if (takesPath && !hasOwnForm)
            codes.UnionWith([ErrorCode.InvalidParameter, ErrorCode.NotFound]);
        if (takesPath && access != Access.Public)
            codes.Add(ErrorCode.NotYours);
        if (contract.QueryValues.Any(value => value.Schema.Contains("integer", StringComparison.Ordinal)) && !hasOwnForm)
            codes.Add(ErrorCode.InvalidParameter);
        if (contract.BodyType is not null)
            codes.UnionWith([ErrorCode.MalformedRequest, ErrorCode.MalformedJson, ErrorCode.BodyTooLarge, ErrorCode.NotJson, ErrorCode.DoesNotFit]);
        if (endpoint.Metadata.GetMetadata<Repeatable>() is { } repeatable)
        {
            codes.UnionWith([ErrorCode.InvalidIdempotencyKey, ErrorCode.IdempotencyInProgress, ErrorCode.IdempotencyKeyReused]);
            if (!repeatable.MayActAgain)
                codes.Add(ErrorCode.IdempotencyOutcomeUnknown);
        }
        return codes;
    }

    /// <summary>The name of a response with one of these codes; it stands once however many operations have it.</summary>
    string Error(IReadOnlyList<ErrorCode> codes)
    {
        var name = string.Join('.', codes.Select(code => code.Wire()));
        if (_responses.ContainsKey(name))
            return name;
        var response = Answer(string.Join("; ", codes.Select(code => $"`{code.Wire()}`: {ErrorMeanings.Of(code)}")), Json(new JsonObject
        {
            ["$ref"] = "#/components/schemas/Error",
            ["properties"] = new JsonObject { ["code"] = new JsonObject { ["enum"] = new JsonArray([.. codes.Select(code => (JsonNode)code.Wire())]) } },
        }));
        if (codes.Contains(ErrorCode.RateLimited) || codes.Contains(ErrorCode.IdempotencyInProgress))
            response["headers"] = new JsonObject { ["Retry-After"] = Header("Seconds to wait") };
        _responses[name] = response;
        return name;
    }

    static JsonObject WithErrors(JsonObject schemas)
    {
        schemas["Error"] = new JsonObject
        {
            ["type"] = "object",
            ["description"] = "What every error answer holds.",
            ["required"] = new JsonArray("error", "code"),
            ["properties"] = new JsonObject
            {
                ["error"] = new JsonObject { ["type"] = "string", ["description"] = "For people." },
                ["code"] = new JsonObject { ["$ref"] = "#/components/schemas/ErrorCode" },
            },
        };
        schemas["ErrorCode"] = new JsonObject
        {
            ["type"] = "string",
            ["description"] = $"For programs; a word that is listed here is never given another meaning, but others may come.\n\n{string.Join('\n', ErrorCodes.All.Select(code => $"- `{code.Wire()}` ({code.Status()}): {ErrorMeanings.Of(code)}"))}",
            ["enum"] = new JsonArray([.. ErrorCodes.All.Select(code => (JsonNode)code.Wire())]),
        };
        return schemas;
    }

    static JsonObject Envelope(JsonObject data) => new()
    {
        ["type"] = "object",
        ["required"] = new JsonArray("data"),
        ["properties"] = new JsonObject { ["data"] = data },
    };

    static JsonObject PageOf(JsonObject rows)
    {
        var page = Envelope(rows);
        foreach (var (name, meaning) in new[] { ("total", "Rows of all pages."), ("limit", "How many rows were wanted, as far as that is allowed."), ("offset", "How many rows were left out.") })
        {
            page["required"]!.AsArray().Add(name);
            var schema = SchemaBook.Parse(Form.Count);
            schema["description"] = meaning;
            page["properties"]![name] = schema;
        }
        return page;
    }

    static JsonObject Answer(string description, JsonObject? content)
    {
        var answer = new JsonObject { ["description"] = description };
        if (content is not null)
            answer["content"] = content;
        return answer;
    }

    static JsonObject Json(JsonObject schema) => new() { ["application/json"] = new JsonObject { ["schema"] = schema } };

    JsonObject Text(AnswerForm.Document document)
    {
        // Named in the text only, but described like all others.
        foreach (var type in document.Types)
            _schemas.Of(type.Type);
        return new JsonObject { [document.ContentType] = new JsonObject { ["schema"] = SchemaBook.Parse(Form.Text) } };
    }

    static JsonObject Header(string description) => new() { ["description"] = description, ["schema"] = SchemaBook.Parse(Form.Text) };

    static string OneLine(string text) => text.ReplaceLineEndings(" ");

    static string IdOf(string method, string path) => method + string.Concat(Word().Matches(path.Replace("/api/v1", "", StringComparison.Ordinal).Replace("{", "by-", StringComparison.Ordinal))
        .Select(word => char.ToUpperInvariant(word.Value[0]) + word.Value[1..]));

    [GeneratedRegex("[A-Za-z0-9]+", RegexOptions.None, 1000)]
    private static partial Regex Word();
}
