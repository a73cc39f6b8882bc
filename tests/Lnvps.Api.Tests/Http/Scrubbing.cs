using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Encodings.Web;
using System.Text.RegularExpressions;

namespace Lnvps.Api.Tests.Http;

/// <summary>Takes out of an answer what is another at each run: times, keys, hashes, invoices, random addresses, samples. Names, order, types and all the rest stay.</summary>
static partial class Scrubbing
{
    static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    static readonly string[] Samples = ["timestamp", "cpu_usage", "mem_usage", "uptime", "net_in", "net_out", "disk_write", "disk_read"];

    /// <summary>As indented text with a line end.</summary>
    public static string Text(JsonNode? answer)
    {
        var copy = answer?.DeepClone();
        Scrub(copy);
        return $"{(copy is null ? "null" : copy.ToJsonString(Indented))}\n";
    }

    static void Scrub(JsonNode? node)
    {
        if (node is JsonArray array)
        {
            foreach (var item in array)
                Scrub(item);
        }
        if (node is not JsonObject map)
            return;
        foreach (var (key, value) in map.ToList())
        {
            if (value is JsonValue leaf && leaf.GetValueKind() == JsonValueKind.String)
                map[key] = Strip(leaf.GetValue<string>());
            else if (value is JsonValue number && number.GetValueKind() == JsonValueKind.Number && Samples.Contains(key))
                map[key] = 0;
            else
                Scrub(value);
        }
    }

    static string Strip(string text)
    {
        text = Time().Replace(text, "(time)");
        text = Minute().Replace(text, "(time)");
        text = Hash().Replace(text, "(hash)");
        text = Invoice().Replace(text, "(invoice)");
        text = Mac().Replace(text, "(mac)");
        return Address().Replace(text, "(address)");
    }

    [GeneratedRegex("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z", RegexOptions.None, 1000)]
    private static partial Regex Time();

    [GeneratedRegex("[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}", RegexOptions.None, 1000)]
    private static partial Regex Minute();

    [GeneratedRegex("[0-9a-f]{64}", RegexOptions.None, 1000)]
    private static partial Regex Hash();

    [GeneratedRegex("lnbcrt[0-9a-z]+", RegexOptions.None, 1000)]
    private static partial Regex Invoice();

    [GeneratedRegex("52:54:00(:[0-9a-f]{2}){3}", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Mac();

    [GeneratedRegex("fd77:6c6e:7670:73:[0-9a-f:]+", RegexOptions.None, 1000)]
    private static partial Regex Address();
}
