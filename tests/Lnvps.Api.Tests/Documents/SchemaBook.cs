using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Lnvps.Api.Http;
using Lnvps.Api.Http.Contracts;
using Lnvps.Core.Catalogue;
using Lnvps.Core.Time;

namespace Lnvps.Api.Tests.Documents;

/// <summary>JSON schemas of the wire types, from what the serializer itself knows of them: names, order, which are required, which may be null.</summary>
sealed class SchemaBook(DocStrings docs)
{
    static readonly Dictionary<Type, string> Scalars = new()
    {
        [typeof(string)] = Form.Text,
        [typeof(bool)] = """{"type":"boolean"}""",
        [typeof(ushort)] = """{"type":"integer","minimum":0,"maximum":65535}""",
        [typeof(uint)] = """{"type":"integer","format":"uint32","minimum":0}""",
        [typeof(ulong)] = Form.Count,
        [typeof(long)] = """{"type":"integer","format":"int64"}""",
        [typeof(double)] = """{"type":"number","format":"double"}""",
        [typeof(decimal)] = """{"type":"number"}""",
        [typeof(Instant)] = """{"type":"string","format":"date-time"}""",
        [typeof(JsonElement)] = "{}",
    };

    readonly SortedDictionary<string, JsonObject> _schemas = new(StringComparer.Ordinal);

    /// <summary>All that were asked for, and what they are made of.</summary>
    public JsonObject Schemas => new(_schemas.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value.DeepClone())));

    /// <summary>A reference to an object's schema; the schema itself of anything else.</summary>
    public JsonObject Of(Type type)
    {
        if (Scalars.TryGetValue(type, out var scalar))
            return Parse(scalar);
        var info = ApiJson.Wire.Options.GetTypeInfo(type);
        switch (info.Kind)
        {
            case JsonTypeInfoKind.Enumerable:
                return new JsonObject { ["type"] = "array", ["items"] = Of(info.ElementType!) };
            case JsonTypeInfoKind.Dictionary:
                return new JsonObject { ["type"] = "object", ["additionalProperties"] = Of(info.ElementType!) };
            case JsonTypeInfoKind.Object:
                var name = NameOf(type);
                if (_schemas.TryAdd(name, []))
                    _schemas[name] = Object(info);
                return new JsonObject { ["$ref"] = $"#/components/schemas/{name}" };
            default:
                throw new InvalidOperationException($"The schema of {type} is not known");
        }
    }

    static string NameOf(Type type) => type.Name.EndsWith("View", StringComparison.Ordinal) ? type.Name[..^4] : type.Name;

    JsonObject Object(JsonTypeInfo info)
    {
        var schema = new JsonObject { ["type"] = "object" };
        Describe(schema, docs.Of(info.Type));
        var required = new JsonArray();
        var properties = new JsonObject();
        foreach (var property in info.Properties)
        {
            var member = Member(info.Type, property.Name);
            properties[property.Name] = Property(property, member);
            if (property.AssociatedParameter is { HasDefaultValue: false, IsMemberInitializer: false } && !IsLeftOut(member))
                required.Add(property.Name);
        }
        if (required.Count > 0)
            schema["required"] = required;
        schema["properties"] = properties;
        Add(schema, info.Type.GetCustomAttribute<FormAttribute>()?.Schema);
        return schema;
    }

    JsonObject Property(JsonPropertyInfo property, PropertyInfo member)
    {
        var isOptional = member.PropertyType.IsGenericType && member.PropertyType.GetGenericTypeDefinition() == typeof(Optional<>);
        var inner = isOptional ? member.PropertyType.GetGenericArguments()[0] : Nullable.GetUnderlyingType(member.PropertyType) ?? member.PropertyType;
        var schema = Of(inner);
        Add(schema, member.GetCustomAttribute<FormAttribute>()?.Schema);
        if (member.GetCustomAttribute<WordsAttribute>() is { } words)
            schema["enum"] = new JsonArray([.. WordsOf(words).Select(word => (JsonNode)word)]);
        var mayBeNull = isOptional || Nullable.GetUnderlyingType(member.PropertyType) is not null || property.IsGetNullable;
        if (mayBeNull && !IsLeftOut(member))
            AllowNull(ref schema);
        Describe(schema, docs.Of(member));
        return schema;
    }

    static PropertyInfo Member(Type type, string name) => type.GetProperties().Single(property =>
        (property.GetCustomAttribute<JsonPropertyNameAttribute>()?.Name ?? JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name)) == name);

    /// <summary>Whether the key is left out of answers instead of being null.</summary>
    static bool IsLeftOut(PropertyInfo member) => member.GetCustomAttribute<JsonIgnoreAttribute>()?.Condition == JsonIgnoreCondition.WhenWritingNull;

    static IEnumerable<string> WordsOf(WordsAttribute words)
    {
        if (words.Enumeration is not { } enumeration)
            return words.Words;
        var spelling = typeof(WireNames).GetMethod(nameof(WireNames.WireName), [enumeration]);
        return Enum.GetValues(enumeration).Cast<object>().Select(value => spelling is null ? value.ToString()! : (string)spelling.Invoke(null, [value])!);
    }

    static void AllowNull(ref JsonObject schema)
    {
        if (schema["type"] is { } type)
        {
            schema["type"] = new JsonArray(type.DeepClone(), "null");
            (schema["enum"] as JsonArray)?.Add(null);
        }
        else if (schema.ContainsKey("$ref"))
        {
            schema = new JsonObject { ["anyOf"] = new JsonArray(schema, new JsonObject { ["type"] = "null" }) };
        }
    }

    internal static void Describe(JsonObject schema, string text)
    {
        if (text.Length > 0)
            schema["description"] = text;
    }

    internal static void Add(JsonObject schema, string? keywords)
    {
        if (keywords is null)
            return;
        foreach (var (key, value) in Parse(keywords))
            schema[key] = value?.DeepClone();
    }

    internal static JsonObject Parse(string json) => JsonNode.Parse(json)!.AsObject();
}
