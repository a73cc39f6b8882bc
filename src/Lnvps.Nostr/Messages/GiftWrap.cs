using System.Diagnostics.CodeAnalysis;
using System.Text;
using Lnvps.Core.Identity;
using Lnvps.Core.Randomness;
using Lnvps.Core.Time;
using Lnvps.Nostr.Encryption;
using Lnvps.Nostr.Events;
using Lnvps.Nostr.Keys;

namespace Lnvps.Nostr.Messages;

/// <summary>
/// Direct messages that show nobody who writes to whom when (NIP-17 in the envelopes of NIP-59): an unsigned message, sealed by the sender, wrapped by a key that is
/// used once. Both outer times are drawn from the two days before now.
/// </summary>
public static class GiftWrap
{
    /// <summary>Kinds of the three layers.</summary>
    public const int MessageKind = 14, SealKind = 13, WrapKind = 1059;

    /// <summary>
    /// Longest JSON of a message, in bytes. The seal's payload is about a third longer than the padded message and must fit into a NIP-44 text itself; the
    /// padding goes from 40,960 to 49,152, which does not.
    /// </summary>
    internal const int LongestMessageJson = 40_960;

    const int LongestReadWrap = 256 * 1024;
    const int SecondsBack = 172_800;
    const string CutMark = " […]";

    /// <summary>A message to one recipient, ready to be published.</summary>
    /// <param name="sender">Signs the seal.</param>
    /// <param name="recipient">Who can open it.</param>
    /// <param name="text">Plain text; one that is too long for the envelopes (about 40,000 bytes) is cut.</param>
    /// <param name="now">Of the real clock.</param>
    /// <param name="random">Nonces and times.</param>
    /// <returns>Null when <paramref name="recipient"/> is not a point of the curve: nobody can ever read a message to it.</returns>
    public static NostrEvent? ForMessage(SecretKey sender, PublicKey recipient, string text, Instant now, IRandomSource random)
    {
        using var sealing = Nip44Key.Between(sender, recipient);
        if (sealing is null)
            return null;
        using var once = SecretKey.Generate();
        using var wrapping = Nip44Key.Between(once, recipient)!;
        var message = Fitting(new UnsignedEvent(sender.PublicKey, now, MessageKind, [new EventTag("p", recipient.ToString())], text));
        var sealedMessage = NostrEvent.Sign(sender, Earlier(now, random), SealKind, [], Nip44.Encrypt(sealing, message.ToJson(), random));
        return NostrEvent.Sign(once, Earlier(now, random), WrapKind, [new EventTag("p", recipient.ToString())],
            Nip44.Encrypt(wrapping, sealedMessage.ToString(), random));
    }

    /// <summary>Opens a wrap that was made for <paramref name="recipient"/>. False unless all layers are genuine and name one author.</summary>
    public static bool TryOpen(SecretKey recipient, NostrEvent wrap, [NotNullWhen(true)] out UnsignedEvent? message)
    {
        message = null;
        if (wrap.Kind != WrapKind || !wrap.Verify())
            return false;
        using var outer = Nip44Key.Between(recipient, wrap.PublicKey);
        if (outer is null || !Nip44.TryDecrypt(outer, wrap.Content, out var json)
            || !NostrEvent.TryParse(Encoding.UTF8.GetBytes(json), out var inner, LongestReadWrap) || inner.Kind != SealKind || !inner.Verify())
            return false;
        using var sealing = Nip44Key.Between(recipient, inner.PublicKey);
        if (sealing is null || !Nip44.TryDecrypt(sealing, inner.Content, out var text) || !UnsignedEvent.TryParse(text, out var read) || read.Author != inner.PublicKey)
            return false;
        message = read;
        return true;
    }

    static Instant Earlier(Instant now, IRandomSource random) => now.PlusSeconds(-(long)(ulong)random.Below(SecondsBack));

    static UnsignedEvent Fitting(UnsignedEvent message)
    {
        var excess = Encoding.UTF8.GetByteCount(message.ToJson()) - LongestMessageJson;
        while (excess > 0)
        {
            // A character is at least one byte of JSON, so this converges; halves of surrogate pairs are not left behind.
            var length = Math.Max(0, message.Content.Length - CutMark.Length - Math.Max(1, excess / 6));
            if (length > 0 && char.IsHighSurrogate(message.Content[length - 1]))
                length--;
            message = message with { Content = message.Content[..length] + CutMark };
            excess = Encoding.UTF8.GetByteCount(message.ToJson()) - LongestMessageJson;
        }
        return message;
    }
}
