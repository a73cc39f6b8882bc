using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Lnvps.Api.Tests.Documents;

/// <summary>
/// Whether a value fits a JSON schema (2020-12, the keywords that the document uses; any other is an error of this class). What an independent validator says of
/// the same is compared in <see cref="OpenApiTests"/>.
/// </summary>
/// <param name="root">The document that references are looked up in.</param>
/// <param name="isClosed">Keys that the schema does not name are wrong.</param>
sealed class Fit(JsonNode root, bool isClosed)
{
    /// <summary>What does not fit; empty when all does.</summary>
    public IReadOnlyList<string> Faults(JsonNode? value, JsonNode schema)
    {
        var faults = new List<string>();
        Check(value, schema.AsObject(), "$", faults);
        return faults;
    }

    void Check(JsonNode? value, JsonObject schema, string at, List<string> faults)
    {
        foreach (var (keyword, rule) in schema)
        {
            if (!Holds(value, keyword, rule!, at, faults))
                faults.Add($"{at}: {Short(value)} breaks {keyword} {Short(rule)}");
        }
        if (isClosed && value is JsonObject map && Named(schema) is { } named)
            faults.AddRange(map.Where(pair => !named.Contains(pair.Key)).Select(pair => $"{at}.{pair.Key} is not declared"));
    }

    bool Holds(JsonNode? value, string keyword, JsonNode rule, string at, List<string> faults)
    {
        switch (keyword)
        {
            case "description" or "default":
                return true;
            case "$ref":
                Check(value, Resolve(rule), at, faults);
                return true;
            case "type":
                return rule is JsonArray types ? types.Any(type => IsOf(value, type!.GetValue<string>())) : IsOf(value, rule.GetValue<string>());
            case "enum":
                return rule.AsArray().Any(one => JsonNode.DeepEquals(one, value));
            case "const":
                return JsonNode.DeepEquals(rule, value);
            case "anyOf":
                return rule.AsArray().Any(one => Faults(value, one!).Count == 0);
            case "oneOf":
                return rule.AsArray().Count(one => Faults(value, one!).Count == 0) == 1;
            case "format":
                return rule.GetValue<string>() != "date-time" || value is not JsonValue text || !text.TryGetValue<string>(out var moment)
                    || DateTimeOffset.TryParseExact(moment, "yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out _);
            case "pattern":
                return value is not JsonValue word || !word.TryGetValue<string>(out var spelt) || Regex.IsMatch(spelt, rule.GetValue<string>(), RegexOptions.ECMAScript, TimeSpan.FromSeconds(1));
            case "minimum":
                return Number(value) is not { } low || low >= Number(rule);
            case "maximum":
                return Number(value) is not { } high || high <= Number(rule);
            default:
                return value switch
                {
                    JsonArray list => HoldsOfList(list, keyword, rule, at, faults),
                    JsonObject map => HoldsOfObject(map, keyword, rule, at, faults),
                    _ => keyword is "items" or "minItems" or "properties" or "required" or "additionalProperties" or "minProperties" or "maxProperties" ? true : throw Unknown(keyword),
                };
        }
    }

    bool HoldsOfList(JsonArray list, string keyword, JsonNode rule, string at, List<string> faults)
    {
        switch (keyword)
        {
            case "items":
                for (var i = 0; i < list.Count; i++)
                    Check(list[i], rule.AsObject(), string.Create(CultureInfo.InvariantCulture, $"{at}[{i}]"), faults);
                return true;
            case "minItems":
                return list.Count >= rule.GetValue<int>();
            case "properties" or "required" or "additionalProperties" or "minProperties" or "maxProperties":
                return true;
            default:
                throw Unknown(keyword);
        }
    }

    bool HoldsOfObject(JsonObject map, string keyword, JsonNode rule, string at, List<string> faults)
    {
        switch (keyword)
        {
            case "properties":
                foreach (var (name, schema) in rule.AsObject())
                {
                    if (map.TryGetPropertyValue(name, out var value))
                        Check(value, schema!.AsObject(), $"{at}.{name}", faults);
                }
                return true;
            case "additionalProperties":
                foreach (var (name, value) in map)
                    Check(value, rule.AsObject(), $"{at}.{name}", faults);
                return true;
            case "required":
                return rule.AsArray().All(name => map.ContainsKey(name!.GetValue<string>()));
            case "minProperties":
                return map.Count >= rule.GetValue<int>();
            case "maxProperties":
                return map.Count <= rule.GetValue<int>();
            case "items" or "minItems":
                return true;
            default:
                throw Unknown(keyword);
        }
    }

    /// <summary>The keys that a schema names; null when it says nothing about keys.</summary>
    HashSet<string>? Named(JsonObject schema)
    {
        if (schema.ContainsKey("additionalProperties"))
            return null;
        var named = schema["$ref"] is { } reference ? Named(Resolve(reference)) : null;
        if (schema["properties"] is JsonObject properties)
            (named ??= []).UnionWith(properties.Select(property => property.Key));
        return named;
    }

    internal JsonObject Resolve(JsonNode reference) =>
        reference.GetValue<string>().Split('/')[1..].Aggregate(root, (node, name) => node[name] ?? throw new InvalidOperationException($"{reference} leads nowhere")).AsObject();

    static bool IsOf(JsonNode? value, string type) => type switch
    {
        "null" => value is null,
        "object" => value is JsonObject,
        "array" => value is JsonArray,
        "string" => value?.GetValueKind() == JsonValueKind.String && IsText(value),
        "boolean" => value?.GetValueKind() is JsonValueKind.True or JsonValueKind.False,
        "number" => value?.GetValueKind() == JsonValueKind.Number,
        "integer" => Number(value) is { } number && number == decimal.Truncate(number),
        _ => throw Unknown(type),
    };

    /// <summary>False for half a surrogate pair: JSON can spell it, but it is no text.</summary>
    static bool IsText(JsonNode value)
    {
        try
        {
            return value.GetValue<string>() is not null;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    static decimal? Number(JsonNode? value) =>
        value?.GetValueKind() == JsonValueKind.Number && decimal.TryParse(value.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null;

    static InvalidOperationException Unknown(string keyword) => new($"The schema keyword {keyword} is not known here");

    static string Short(JsonNode? node)
    {
        try
        {
            return (node?.ToJsonString() ?? "null") is { Length: > 200 } text ? text[..200] : node?.ToJsonString() ?? "null";
        }
        catch (InvalidOperationException)
        {
            return "(a text with half a surrogate pair)";
        }
    }
}
