using System.Text;
using System.Text.Json.Nodes;
using Lnvps.Core.Time;
using Lnvps.Nostr.Events;
using Lnvps.Nostr.Keys;

namespace Lnvps.Nostr.Tests.Events;

/// <summary>Keys and events that the tests bend.</summary>
static class Sample
{
    public static SecretKey Key { get; } = SecretKey.Parse("67dea2ed018072d675f5415ecfaed7d2597555e202d85b3d65ea4e58d2d92ffa");

    public static Instant Now { get; } = Instant.Utc(2026, 2, 19, 10);

    public static NostrEvent Event(string content = "", params EventTag[] tags) => NostrEvent.Sign(Key, Now, 1, tags, content);

    /// <summary>The event's JSON after a change.</summary>
    public static byte[] Changed(NostrEvent original, Action<JsonObject> change)
    {
        var json = JsonNode.Parse(original.ToJson())!.AsObject();
        change(json);
        return Encoding.UTF8.GetBytes(json.ToJsonString());
    }

    /// <summary>Reads and verifies.</summary>
    public static bool IsGenuine(ReadOnlySpan<byte> json) => NostrEvent.TryParse(json, out var parsed) && parsed.Verify() && ViewVerifies(json);

    static bool ViewVerifies(ReadOnlySpan<byte> json) =>
        EventView.TryRead(json, new byte[json.Length + EventView.Margin], out var view) && view.Verify();
}
