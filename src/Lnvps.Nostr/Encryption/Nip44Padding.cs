using System.Numerics;

namespace Lnvps.Nostr.Encryption;

/// <summary>How NIP-44 hides the length of a text.</summary>
static class Nip44Padding
{
    /// <summary>Length of the padded text without its two length bytes, for a text of at least 1 byte.</summary>
    public static int PaddedLength(int length)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 1);
        if (length <= 32)
            return 32;
        var next = 1 << (BitOperations.Log2((uint)(length - 1)) + 1);
        var chunk = next <= 256 ? 32 : next / 8;
        return chunk * ((length - 1) / chunk + 1);
    }
}
