using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Lnvps.Hosting.Images;

/// <summary>A checksum of the SHA-2 family, as publishers of images give them: SHA-256, SHA-384 or SHA-512.</summary>
public sealed record Sha2
{
    readonly string _hex;

    Sha2(HashAlgorithmName algorithm, string hex) => (Algorithm, _hex) = (algorithm, hex);

    public HashAlgorithmName Algorithm { get; }

    /// <summary>The checksum of some bytes that were hashed.</summary>
    /// <exception cref="ArgumentException">Not the length of any of the three.</exception>
    public static Sha2 Of(ReadOnlySpan<byte> hash) =>
        TryParse(Convert.ToHexStringLower(hash), out var sum) ? sum : throw new ArgumentException("not a SHA-2 checksum", nameof(hash));

    /// <summary>Reads 64, 96 or 128 hexadecimal digits of either case; the length tells which of the three it is.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, [NotNullWhen(true)] out Sha2? sum)
    {
        sum = null;
        foreach (var digit in text)
        {
            if (!char.IsAsciiHexDigit(digit))
                return false;
        }
        HashAlgorithmName? algorithm = text.Length switch
        {
            64 => HashAlgorithmName.SHA256,
            96 => HashAlgorithmName.SHA384,
            128 => HashAlgorithmName.SHA512,
            _ => null,
        };
        if (algorithm is { } known)
            sum = new Sha2(known, text.ToString().ToLowerInvariant());
        return sum is not null;
    }

    /// <summary>Lower-case hexadecimal digits.</summary>
    public override string ToString() => _hex;
}
