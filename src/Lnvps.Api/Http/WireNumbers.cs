using System.Text.Json;
using System.Text.Json.Serialization;
using Lnvps.Core.Time;

namespace Lnvps.Api.Http;

/// <summary>Unsigned integers of request bodies: also an integral number with a zero fraction, since one client computes sizes in floating point.</summary>
sealed class LenientUInt64 : JsonConverter<ulong>
{
    public override ulong Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => Read(ref reader, ulong.MaxValue);

    public override void Write(Utf8JsonWriter writer, ulong value, JsonSerializerOptions options) => writer.WriteNumberValue(value);

    internal static ulong Read(ref Utf8JsonReader reader, ulong most)
    {
        if (reader.TokenType != JsonTokenType.Number)
            throw new JsonException();
        if (!reader.TryGetUInt64(out var value))
        {
            if (!reader.TryGetDecimal(out var number) || number < 0 || number != decimal.Truncate(number) || number > ulong.MaxValue)
                throw new JsonException();
            value = (ulong)number;
        }
        return value <= most ? value : throw new JsonException();
    }
}

/// <inheritdoc cref="LenientUInt64"/>
sealed class LenientUInt32 : JsonConverter<uint>
{
    public override uint Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => (uint)LenientUInt64.Read(ref reader, uint.MaxValue);

    public override void Write(Utf8JsonWriter writer, uint value, JsonSerializerOptions options) => writer.WriteNumberValue(value);
}

/// <inheritdoc cref="LenientUInt64"/>
sealed class LenientUInt16 : JsonConverter<ushort>
{
    public override ushort Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => (ushort)LenientUInt64.Read(ref reader, ushort.MaxValue);

    public override void Write(Utf8JsonWriter writer, ushort value, JsonSerializerOptions options) => writer.WriteNumberValue(value);
}

/// <summary>Moments go out as RFC 3339 in UTC with whole seconds.</summary>
sealed class InstantText : JsonConverter<Instant>
{
    public override Instant Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && reader.TryGetDateTimeOffset(out var time) ? Instant.From(time) : throw new JsonException();

    public override void Write(Utf8JsonWriter writer, Instant value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}
