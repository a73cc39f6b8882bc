using System.Diagnostics.CodeAnalysis;
using Lnvps.Core.Identity;

namespace Lnvps.Nostr.Encodings;

/// <summary>Keys as people read them (NIP-19): <c>npub1…</c> for public ones. Secret keys are read and written by <see cref="Keys.SecretKey"/>.</summary>
public static class Nip19
{
    const string PublicPrefix = "npub", SecretPrefix = "nsec";

    /// <summary>The key as <c>npub1…</c>.</summary>
    public static string ToNpub(this PublicKey key)
    {
        Span<byte> bytes = stackalloc byte[32];
        key.Bytes.CopyTo(bytes);
        return Bech32.EncodeBytes(PublicPrefix, bytes);
    }

    /// <summary>Reads <c>npub1…</c> or 64 hex digits; says nothing about whether the point is on the curve.</summary>
    public static bool TryParsePublicKey(ReadOnlySpan<char> text, out PublicKey key)
    {
        if (Bech32.TryDecodeBytes(PublicPrefix, text, out var bytes) && bytes.Length == 32)
        {
            key = new PublicKey(new Bytes32(bytes));
            return true;
        }
        return PublicKey.TryParse(text, out key);
    }

    internal static string EncodeSecret(ReadOnlySpan<byte> sec32) => Bech32.EncodeBytes(SecretPrefix, sec32);

    internal static bool TryDecodeSecret(ReadOnlySpan<char> text, [NotNullWhen(true)] out byte[]? sec32) =>
        Bech32.TryDecodeBytes(SecretPrefix, text, out sec32) && sec32.Length == 32;
}
