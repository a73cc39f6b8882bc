using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace Lnvps.Nostr.HttpAuth;

/// <summary>Base64 as clients send it: either alphabet, with or without padding, with white space (customer-api.md section 2.1).</summary>
static class Nip98Base64
{
    static readonly SearchValues<byte> s_space = SearchValues.Create(" \t\r\n"u8);

    /// <summary>Decodes into <paramref name="memory"/>, which is at least four bytes longer than the text.</summary>
    /// <param name="text">Without white space around it.</param>
    /// <param name="spaceIsPlus">A space stands for the plus sign that form decoding took away.</param>
    /// <param name="memory">Where the bytes go.</param>
    /// <param name="decoded">The bytes.</param>
    public static bool TryDecode(ReadOnlySpan<char> text, bool spaceIsPlus, Span<byte> memory, out ReadOnlySpan<byte> decoded)
    {
        decoded = default;
        if (Ascii.FromUtf16(text, memory, out var length) != OperationStatus.Done)
            return false;
        var bytes = memory[..length];
        if (spaceIsPlus)
            bytes.Replace((byte)' ', (byte)'+');
        if (bytes.ContainsAny(s_space))
            bytes = bytes[..WithoutSpace(bytes)];
        bytes.Replace((byte)'-', (byte)'+');
        bytes.Replace((byte)'_', (byte)'/');

        length = bytes.TrimEnd((byte)'=').Length;
        if (length % 4 == 1)
            return false;
        while (length % 4 != 0)
            memory[length++] = (byte)'=';
        if (Base64.DecodeFromUtf8InPlace(memory[..length], out var written) != OperationStatus.Done)
            return false;
        decoded = memory[..written];
        return true;
    }

    static int WithoutSpace(Span<byte> bytes)
    {
        var kept = 0;
        foreach (var b in bytes)
        {
            if (!s_space.Contains(b))
                bytes[kept++] = b;
        }
        return kept;
    }
}
