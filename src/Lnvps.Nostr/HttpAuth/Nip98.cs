using System.Buffers;
using System.Runtime.CompilerServices;
using Lnvps.Core.Identity;
using Lnvps.Core.Time;
using Lnvps.Nostr.Events;
using Lnvps.Nostr.Keys;

namespace Lnvps.Nostr.HttpAuth;

/// <summary>What a credential is checked against.</summary>
/// <param name="Method">The request's method as sent, upper case. For credentials in the query: <c>GET</c>.</param>
/// <param name="Target">The request's target as sent (percent-encoded); a query and, in the absolute form, scheme and host are left aside.</param>
/// <param name="Now">The real time, never the shop's movable clock.</param>
/// <param name="BodyHash">SHA-256 of the raw body (no body: of nothing). Only events with a <c>payload</c> tag need it, see <see cref="Nip98Outcome.BodyHashNeeded"/>.</param>
public readonly record struct Nip98Request(string Method, string Target, Instant Now, Bytes32? BodyHash = null);

/// <summary>The outcome, and who asks. Key and id are set only when the outcome is <see cref="Nip98Outcome.Ok"/>.</summary>
/// <param name="Outcome">The first check that failed, or <see cref="Nip98Outcome.Ok"/>.</param>
/// <param name="PublicKey">The account.</param>
/// <param name="EventId">For <see cref="IUsedEventIds"/>, if the request may use an event once only.</param>
public readonly record struct Nip98Result(Nip98Outcome Outcome, PublicKey PublicKey, Bytes32 EventId)
{
    public bool IsOk => Outcome == Nip98Outcome.Ok;
}

/// <summary>
/// Sign-in by signed event (NIP-98) as customer-api.md section 2 has it. Pure: no clock, no memory. Any text may come in; nothing throws.
/// </summary>
public static class Nip98
{
    /// <summary>How far <c>created_at</c> may be from now, in seconds, either way, inclusive.</summary>
    public const long WindowSeconds = 600;

    /// <summary>Longest base64 text that is looked at, in characters.</summary>
    public const int MaxLength = 16 * 1024;

    /// <summary>The kind of an authentication event.</summary>
    public const int Kind = 27235;

    const string Scheme = "Nostr ";

    // Texts up to this length are handled on the stack; clients' are about 700 characters long.
    const int StackLength = 2048;

    /// <summary>Checks the value of the <c>Authorization</c> header.</summary>
    public static Nip98Result VerifyHeader(ReadOnlySpan<char> authorization, in Nip98Request request)
    {
        if (authorization.IsWhiteSpace() || !System.Text.Ascii.IsValid(authorization))
            return Refused(Nip98Outcome.NoHeader);
        return authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
            ? Verify(authorization[Scheme.Length..], spaceIsPlus: false, request)
            : Refused(Nip98Outcome.OtherScheme);
    }

    /// <summary>
    /// Checks the value of the query parameter <c>auth</c>, already form-decoded. Absent or empty counts as no header. Only for the endpoints that
    /// a browser cannot send a header to.
    /// </summary>
    public static Nip98Result VerifyQuery(ReadOnlySpan<char> auth, in Nip98Request request) =>
        auth.IsWhiteSpace() ? Refused(Nip98Outcome.NoHeader) : Verify(auth, spaceIsPlus: true, request);

    /// <summary>Makes the value of an <c>Authorization</c> header.</summary>
    /// <param name="key">Who asks.</param>
    /// <param name="method">The method, upper case.</param>
    /// <param name="url">The absolute URL of the request, with its query.</param>
    /// <param name="createdAt">The real time.</param>
    /// <param name="body">If given, the event holds for this body only.</param>
    public static string Sign(SecretKey key, string method, string url, Instant createdAt, ReadOnlyMemory<byte>? body = null)
    {
        List<EventTag> tags = [new("u", url), new("method", method)];
        if (body is { } bytes)
            tags.Add(new EventTag("payload", Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes.Span))));
        return Scheme + Convert.ToBase64String(NostrEvent.Sign(key, createdAt, Kind, tags, content: "").ToJson());
    }

    static Nip98Result Refused(Nip98Outcome outcome) => new(outcome, default, default);

    [SkipLocalsInit]
    static Nip98Result Verify(ReadOnlySpan<char> base64, bool spaceIsPlus, in Nip98Request request)
    {
        base64 = base64.Trim();
        if (base64.Length > MaxLength)
            return Refused(Nip98Outcome.NotBase64);

        // The text takes at most four more bytes than characters; the event, decoded in place, three quarters of it; the scratch memory a little more.
        var textBytes = base64.Length + 4;
        var needed = textBytes + (textBytes / 4 * 3) + EventView.Margin;
        byte[]? rented = null;
        var memory = base64.Length <= StackLength
            ? stackalloc byte[StackLength + 4 + ((StackLength + 4) / 4 * 3) + EventView.Margin]
            : rented = ArrayPool<byte>.Shared.Rent(needed);

        var result = Nip98Base64.TryDecode(base64, spaceIsPlus, memory[..textBytes], out var json)
            ? Check(json, memory[textBytes..], request)
            : Refused(Nip98Outcome.NotBase64);

        if (rented is not null)
            ArrayPool<byte>.Shared.Return(rented);
        return result;
    }

    static Nip98Result Check(ReadOnlySpan<byte> json, Span<byte> scratch, in Nip98Request request)
    {
        if (!EventView.TryRead(json, scratch, out var view))
            return Refused(Nip98Outcome.NotAnEvent);
        if (view.Kind != Kind)
            return Refused(Nip98Outcome.OtherKind);
        if (Math.Abs(request.Now.UnixSeconds - view.CreatedAt) > WindowSeconds)
            return Refused(Nip98Outcome.OutOfTime);

        var tags = Nip98Tags.Of(view.Tags);
        if (!tags.HasUrl)
            return Refused(Nip98Outcome.NoUrl);
        if (!Nip98Target.TryPathOfUrl(tags.Url.Escaped, out var path))
            return Refused(Nip98Outcome.BadUrl);
        if (!System.Text.Ascii.Equals(path, Nip98Target.PathOf(request.Target)))
            return Refused(Nip98Outcome.OtherPath);
        if (!tags.HasMethod)
            return Refused(Nip98Outcome.NoMethod);
        if (!tags.Method.Is(request.Method))
            return Refused(Nip98Outcome.OtherMethod);
        if (tags.HasPayload)
        {
            if (request.BodyHash is not { } hash)
                return Refused(Nip98Outcome.BodyHashNeeded);
            if (!tags.Payload.Escaped.SequenceEqualHex(hash))
                return Refused(Nip98Outcome.OtherBody);
        }
        return view.Verify() ? new Nip98Result(Nip98Outcome.Ok, view.PublicKey, view.Id) : Refused(Nip98Outcome.BadSignature);
    }

    static bool SequenceEqualHex(this ReadOnlySpan<byte> hex, Bytes32 value)
    {
        Span<byte> bytes = stackalloc byte[32];
        return hex.Length == 64
            && Convert.FromHexString(hex, bytes, out _, out var written) == OperationStatus.Done
            && written == 32
            && new Bytes32(bytes) == value;
    }
}
