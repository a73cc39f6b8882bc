using System.Text.Json;
using System.Text.Json.Nodes;
using Lnvps.Core.Sizes;

namespace Lnvps.Core.Payments;

/// <summary>The <c>upgrade_params</c> column of an upgrade payment: <c>{"new_cpu":4,"new_memory":null,"new_disk":null}</c> (data-model.md section 6.1).</summary>
public static class UpgradeParams
{
    /// <summary>Null = unchanged; sizes in bytes.</summary>
    public static string ToJson(this UpgradeWish wish) => new JsonObject
    {
        ["new_cpu"] = wish.Cpu,
        ["new_memory"] = wish.Memory?.Value,
        ["new_disk"] = wish.Disk?.Value,
    }.ToJsonString();

    /// <summary>Reads the column; a key may be missing. False for anything that is not such an object, or asks for nothing.</summary>
    public static bool TryParse(string? json, out UpgradeWish wish)
    {
        wish = default;
        if (json is null)
            return false;
        try
        {
            using var document = JsonDocument.Parse(json);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                return false;
            if (!TryRead(document.RootElement, "new_cpu", out var cpu) || cpu > ushort.MaxValue
                || !TryRead(document.RootElement, "new_memory", out var memory) || !TryRead(document.RootElement, "new_disk", out var disk))
                return false;
            wish = new UpgradeWish((ushort?)cpu, memory is { } m ? new Bytes(m) : null, disk is { } d ? new Bytes(d) : null);
            return wish != default;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    static bool TryRead(JsonElement json, string name, out ulong? value)
    {
        value = null;
        if (!json.TryGetProperty(name, out var element) || element.ValueKind == JsonValueKind.Null)
            return true;
        if (element.ValueKind != JsonValueKind.Number || !element.TryGetUInt64(out var number))
            return false;
        value = number;
        return true;
    }
}
