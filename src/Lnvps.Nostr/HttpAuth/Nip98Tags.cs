using Lnvps.Nostr.Events;

namespace Lnvps.Nostr.HttpAuth;

/// <summary>The first tag of each name that has a value; a tag with a name only counts as missing.</summary>
ref struct Nip98Tags
{
    public bool HasUrl, HasMethod, HasPayload;
    public CanonicalString Url, Method, Payload;

    public static Nip98Tags Of(TagEnumerator tags)
    {
        var found = new Nip98Tags();
        foreach (var tag in tags)
        {
            var elements = tag;
            if (!elements.MoveNext())
                continue;
            var name = elements.Current;
            if (!elements.MoveNext())
                continue;
            if (!found.HasUrl && name.Is("u"u8))
            {
                found.HasUrl = true;
                found.Url = elements.Current;
            }
            else if (!found.HasMethod && name.Is("method"u8))
            {
                found.HasMethod = true;
                found.Method = elements.Current;
            }
            else if (!found.HasPayload && name.Is("payload"u8))
            {
                found.HasPayload = true;
                found.Payload = elements.Current;
            }
        }
        return found;
    }
}

/// <summary>The path of a URL and of a request target, byte for byte as written.</summary>
static class Nip98Target
{
    /// <summary>
    /// The path of an absolute URL; <c>/</c> if it has none. False unless it starts with a scheme and an authority and has only the characters of a URI
    /// up to the end of the path. Query and fragment are not looked at.
    /// </summary>
    public static bool TryPathOfUrl(ReadOnlySpan<byte> url, out ReadOnlySpan<byte> path)
    {
        path = default;
        var colon = url.IndexOf("://"u8);
        if (colon < 1 || !char.IsAsciiLetter((char)url[0]))
            return false;
        foreach (var c in url[..colon])
        {
            if (!char.IsAsciiLetterOrDigit((char)c) && c is not ((byte)'+' or (byte)'-' or (byte)'.'))
                return false;
        }
        var rest = url[(colon + 3)..];
        var end = rest.IndexOfAny((byte)'?', (byte)'#');
        if (end >= 0)
            rest = rest[..end];
        var slash = rest.IndexOf((byte)'/');
        // Printable ASCII without quote and backslash, which no URI contains unencoded.
        if (slash == 0 || rest.IsEmpty || rest.ContainsAnyExceptInRange((byte)'!', (byte)'~') || rest.ContainsAny((byte)'"', (byte)'\\'))
            return false;
        path = slash < 0 ? "/"u8 : rest[slash..];
        return true;
    }

    /// <summary>The path of a request target: <c>/path?query</c>, or an absolute URL as proxies are sent it.</summary>
    public static ReadOnlySpan<char> PathOf(ReadOnlySpan<char> target)
    {
        var query = target.IndexOf('?');
        if (query >= 0)
            target = target[..query];
        if (target.StartsWith("/"))
            return target;
        var authority = target.IndexOf("://");
        if (authority < 0)
            return target;
        var path = target[(authority + 3)..].IndexOf('/');
        return path < 0 ? "/" : target[(authority + 3 + path)..];
    }
}
