using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;

namespace Lnvps.Nostr.Relays;

/// <summary>
/// Which relays are dialled (nostr.md section 2.2, rule 5). What customers and strangers name must not lead this program into the operator's own network.
/// </summary>
/// <param name="AllowPrivate">Plain <c>ws://</c> and private addresses are good too: for relays the operator configured, and for development.</param>
public sealed record RelayRules(bool AllowPrivate)
{
    const int LongestUrl = 500;

    /// <summary>For addresses from outside.</summary>
    public static readonly RelayRules Strangers = new(AllowPrivate: false);

    /// <summary>For addresses from the configuration.</summary>
    public static readonly RelayRules Configured = new(AllowPrivate: true);

    /// <summary>Reads a relay's address. A host name is looked up only when it is dialled, and judged then.</summary>
    public bool TryParse(string? text, [NotNullWhen(true)] out Uri? url)
    {
        url = null;
        if (text is null || text.Length > LongestUrl || !Uri.TryCreate(text.Trim(), UriKind.Absolute, out var parsed)
            || parsed.Scheme is not ("wss" or "ws") || parsed.Host.Length == 0 || parsed.UserInfo.Length > 0)
            return false;
        if (parsed.Scheme == "ws" && !AllowPrivate && !parsed.Host.EndsWith(".onion", StringComparison.OrdinalIgnoreCase))
            return false;
        if (IPAddress.TryParse(parsed.Host.Trim('[', ']'), out var address) && !Allows(address))
            return false;
        url = parsed;
        return true;
    }

    /// <summary>Whether an address may be dialled.</summary>
    public bool Allows(IPAddress address) => AllowPrivate || IsPublic(address);

    /// <summary>Whether an address belongs to the public internet: not this machine, not a local network, not a group.</summary>
    public static bool IsPublic(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
            return IsPublic(address.MapToIPv4());
        Span<byte> bytes = stackalloc byte[16];
        if (!address.TryWriteBytes(bytes, out var length))
            return false;
        if (address.AddressFamily == AddressFamily.InterNetwork && length == 4)
            return IsPublic4(bytes[..4]);
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
            return false;
        // Translated IPv4: 64:ff9b::/96 (NAT64) and 2002::/16 (6to4) lead to the address inside.
        if (bytes[..12].SequenceEqual<byte>([0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0]))
            return IsPublic4(bytes[12..]);
        if (bytes[0] == 0x20 && bytes[1] == 0x02)
            return IsPublic4(bytes[2..6]);
        // 2000::/3 is all that is handed out; 2001:db8::/32 is for documents, 2001::/32 carries IPv4 in disguise (Teredo).
        return (bytes[0] & 0xe0) == 0x20 && !bytes[..4].SequenceEqual<byte>([0x20, 1, 0x0d, 0xb8]) && !bytes[..4].SequenceEqual<byte>([0x20, 1, 0, 0]);
    }

    static bool IsPublic4(ReadOnlySpan<byte> a) => a[0] switch
    {
        0 or 10 or 127 or >= 224 => false,
        100 => a[1] is < 64 or > 127,
        169 => a[1] != 254,
        172 => a[1] is < 16 or > 31,
        192 => a[1] != 168 && !(a[1] == 0 && a[2] is 0 or 2) && !(a[1] == 88 && a[2] == 99),
        198 => a[1] is not (18 or 19) && !(a[1] == 51 && a[2] == 100),
        203 => !(a[1] == 0 && a[2] == 113),
        _ => true,
    };
}
