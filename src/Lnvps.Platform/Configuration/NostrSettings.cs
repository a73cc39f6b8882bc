using Lnvps.Nostr.Keys;
using Lnvps.Nostr.Relays;

namespace Lnvps.Platform.Configuration;

/// <summary><c>nostr</c>: the shop's own key and relays (nostr.md section 1.1).</summary>
/// <param name="Relays">At least one.</param>
/// <param name="Key">Signs the shop's messages.</param>
public sealed record NostrSettings(IReadOnlyList<Uri> Relays, SecretKey Key)
{
    internal static NostrSettings? Read(SettingsNode root)
    {
        if (root.Section("nostr") is not { } section)
            return null;
        var relays = new List<Uri>();
        foreach (var text in section.Texts("relays"))
            relays.Add(RelayRules.Configured.TryParse(text, out var url) ? url : throw section.Wrong("relays", "a list of addresses such as wss://relay.example.com"));
        if (relays.Count == 0)
            throw section.Missing("relays");
        return new NostrSettings(relays, SecretKey.TryParse(section.Text("nsec").Trim(), out var key) ? key : throw section.Wrong("nsec", "a secret key: nsec1… or 64 hex digits"));
    }
}
