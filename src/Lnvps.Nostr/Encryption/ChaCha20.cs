using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Lnvps.Nostr.Encryption;

/// <summary>The stream cipher of RFC 8439 section 2.4, which .NET offers only together with Poly1305. Encrypting and decrypting are the same.</summary>
static class ChaCha20
{
    public const int KeyLength = 32, NonceLength = 12;

    const int BlockLength = 64;

    /// <summary>Combines <paramref name="data"/> with the key stream, in place.</summary>
    /// <param name="key">32 bytes.</param>
    /// <param name="nonce">12 bytes, never used twice with one key.</param>
    /// <param name="counter">Number of the first block.</param>
    /// <param name="data">At most 2³² - <paramref name="counter"/> blocks of 64 bytes.</param>
    [SkipLocalsInit]
    public static void Apply(ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, uint counter, Span<byte> data)
    {
        if (key.Length != KeyLength || nonce.Length != NonceLength)
            throw new ArgumentException("ChaCha20 takes a key of 32 and a nonce of 12 bytes");
        Span<uint> input = stackalloc uint[16];
        // "expand 32-byte k"
        input[0] = 0x61707865;
        input[1] = 0x3320646e;
        input[2] = 0x79622d32;
        input[3] = 0x6b206574;
        for (var i = 0; i < 8; i++)
            input[4 + i] = BinaryPrimitives.ReadUInt32LittleEndian(key[(4 * i)..]);
        input[12] = counter;
        for (var i = 0; i < 3; i++)
            input[13 + i] = BinaryPrimitives.ReadUInt32LittleEndian(nonce[(4 * i)..]);

        Span<byte> stream = stackalloc byte[BlockLength];
        while (data.Length > 0)
        {
            WriteBlock(input, stream);
            input[12]++;
            var length = Math.Min(BlockLength, data.Length);
            for (var i = 0; i < length; i++)
                data[i] ^= stream[i];
            data = data[length..];
        }
        input.Clear();
        stream.Clear();
    }

    [SkipLocalsInit]
    static void WriteBlock(ReadOnlySpan<uint> input, Span<byte> block)
    {
        Span<uint> s = stackalloc uint[16];
        input.CopyTo(s);
        for (var round = 0; round < 10; round++)
        {
            Quarter(ref s[0], ref s[4], ref s[8], ref s[12]);
            Quarter(ref s[1], ref s[5], ref s[9], ref s[13]);
            Quarter(ref s[2], ref s[6], ref s[10], ref s[14]);
            Quarter(ref s[3], ref s[7], ref s[11], ref s[15]);
            Quarter(ref s[0], ref s[5], ref s[10], ref s[15]);
            Quarter(ref s[1], ref s[6], ref s[11], ref s[12]);
            Quarter(ref s[2], ref s[7], ref s[8], ref s[13]);
            Quarter(ref s[3], ref s[4], ref s[9], ref s[14]);
        }
        unchecked // Addition of the cipher is modulo 2³².
        {
            for (var i = 0; i < 16; i++)
                BinaryPrimitives.WriteUInt32LittleEndian(block[(4 * i)..], s[i] + input[i]);
        }
    }

    static void Quarter(ref uint a, ref uint b, ref uint c, ref uint d)
    {
        unchecked // As above.
        {
            a += b;
            d = BitOperations.RotateLeft(d ^ a, 16);
            c += d;
            b = BitOperations.RotateLeft(b ^ c, 12);
            a += b;
            d = BitOperations.RotateLeft(d ^ a, 8);
            c += d;
            b = BitOperations.RotateLeft(b ^ c, 7);
        }
    }
}
