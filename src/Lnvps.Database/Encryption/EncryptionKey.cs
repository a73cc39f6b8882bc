using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Lnvps.Database.Encryption;

/// <summary>A 256-bit AES key and its public name (data-model.md section 5.5).</summary>
public sealed class EncryptionKey
{
    public const int Length = 32;

    readonly byte[] _bytes;

    /// <exception cref="ArgumentException">Not 32 bytes.</exception>
    public EncryptionKey(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Length)
            throw new ArgumentException($"A key has {Length} bytes, not {bytes.Length}", nameof(bytes));
        _bytes = bytes.ToArray();
        Id = Convert.ToHexStringLower(SHA256.HashData(_bytes).AsSpan(0, 4));
    }

    /// <summary>First four bytes of the key's SHA-256 as 8 lower-case hex digits; names the key without giving it away.</summary>
    public string Id { get; }

    internal ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>Parses 64 hex digits of either case, surrounding white space ignored.</summary>
    public static bool TryParseHex(string text, [NotNullWhen(true)] out EncryptionKey? key)
    {
        Span<byte> bytes = stackalloc byte[Length];
        var hex = text.AsSpan().Trim();
        key = hex.Length == 2 * Length && Convert.FromHexString(hex, bytes, out _, out var written) == System.Buffers.OperationStatus.Done && written == Length
            ? new EncryptionKey(bytes)
            : null;
        CryptographicOperations.ZeroMemory(bytes);
        return key is not null;
    }

    /// <summary>The id; never the key.</summary>
    public override string ToString() => Id;
}
