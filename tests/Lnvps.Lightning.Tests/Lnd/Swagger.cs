using System.Globalization;
using System.Text.Json.Nodes;
using Lnvps.Testing.Lightning;

namespace Lnvps.Lightning.Tests.Lnd;

/// <summary>Checks messages against LND's own description of its REST interface; unknown names are mistakes too.</summary>
sealed class Swagger
{
    readonly JsonObject _document = JsonNode.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Lnd", "lnd.swagger.json")))!.AsObject();

    /// <summary>All that is wrong with a request and its answer; empty when both keep to the description.</summary>
    public List<string> Faults(LndExchange exchange)
    {
        var faults = new List<string>();
        if (_document["paths"]![exchange.Path]?[exchange.Method.ToLowerInvariant()] is not JsonObject operation)
            return [$"{exchange.Method} {exchange.Path} is not described"];
        var parameters = operation["parameters"]!.AsArray().Select(parameter => parameter!.AsObject()).ToList();
        foreach (var (name, value) in exchange.Query)
        {
            var described = parameters.Find(parameter => (string?)parameter["in"] == "query" && (string?)parameter["name"] == name);
            if (described is null)
                faults.Add($"query parameter {name} is not described");
            else
                CheckText(described, value, $"query {name}", isUrl: true, faults);
        }
        if (parameters.Find(parameter => (string?)parameter["in"] == "body") is { } body)
            Check(body["schema"]!.AsObject(), JsonNode.Parse(exchange.RequestBody), "request", faults);
        else if (exchange.RequestBody.Length > 0)
            faults.Add("a body is not described");
        var key = exchange.Status == 200 ? "200" : "default";
        foreach (var answer in exchange.Answers)
            Check(operation["responses"]![key]!["schema"]!.AsObject(), JsonNode.Parse(answer), $"answer {exchange.Status}", faults);
        return faults;
    }

    void Check(JsonObject schema, JsonNode? value, string at, List<string> faults)
    {
        if ((string?)schema["$ref"] is { } reference)
            schema = _document["definitions"]![reference[(reference.LastIndexOf('/') + 1)..]]!.AsObject();
        switch ((string?)schema["type"])
        {
            case "object" when value is JsonObject members:
                foreach (var (name, member) in members)
                {
                    if ((schema["properties"]?[name] ?? schema["additionalProperties"]) is JsonObject described)
                        Check(described, member, $"{at}.{name}", faults);
                    else
                        faults.Add($"{at}.{name} is not described");
                }
                break;
            case "array" when value is JsonArray items:
                foreach (var item in items)
                    Check(schema["items"]!.AsObject(), item, $"{at}[]", faults);
                break;
            case "string" when value is JsonValue text && text.TryGetValue(out string? content):
                CheckText(schema, content, at, isUrl: false, faults);
                break;
            case "integer" when value is JsonValue number && number.TryGetValue(out int _):
            case "boolean" when value is JsonValue flag && flag.TryGetValue(out bool _):
                break;
            default:
                faults.Add($"{at} is not of type {schema["type"]}");
                break;
        }
    }

    static void CheckText(JsonObject schema, string text, string at, bool isUrl, List<string> faults)
    {
        var base64 = isUrl ? text.Replace('-', '+').Replace('_', '/') : text;
        var fits = (string?)schema["format"] switch
        {
            "int64" => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _),
            "uint64" => ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out _),
            "byte" => Convert.TryFromBase64String(base64, new byte[base64.Length], out _),
            _ => schema["enum"] is not JsonArray values || values.Any(value => (string?)value == text),
        };
        if (!fits)
            faults.Add($"{at} is not {schema["format"] ?? "one of the values"}: {text}");
    }
}
