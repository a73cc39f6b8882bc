using Lnvps.Core.Outcomes;

namespace Lnvps.Core.SshKeys;

/// <summary>The inside of a public key: RFC 4253 (RSA), RFC 5656 (ECDSA), RFC 8709 (Ed25519), OpenSSH PROTOCOL.u2f (security keys).</summary>
static class SshKeyBlob
{
    const int Ed25519Bytes = 32;
    const int LeastRsaBits = 1_024;
    const int MostRsaBits = 16_384;
    const byte UncompressedPoint = 4;

    delegate bool Reader(ref SshReader blob);

    static readonly Dictionary<string, Reader> ByAlgorithm = new(StringComparer.Ordinal)
    {
        ["ssh-ed25519"] = IsEd25519,
        ["ssh-rsa"] = IsRsa,
        ["ecdsa-sha2-nistp256"] = (ref SshReader blob) => IsPoint(ref blob, "nistp256", 32),
        ["ecdsa-sha2-nistp384"] = (ref SshReader blob) => IsPoint(ref blob, "nistp384", 48),
        ["ecdsa-sha2-nistp521"] = (ref SshReader blob) => IsPoint(ref blob, "nistp521", 66),
        ["sk-ssh-ed25519@openssh.com"] = (ref SshReader blob) => IsEd25519(ref blob) && HasApplication(ref blob),
        ["sk-ecdsa-sha2-nistp256@openssh.com"] = (ref SshReader blob) => IsPoint(ref blob, "nistp256", 32) && HasApplication(ref blob),
    };

    internal static IEnumerable<string> Algorithms => ByAlgorithm.Keys;

    internal static bool IsKnown(string algorithm) => ByAlgorithm.ContainsKey(algorithm);

    /// <summary>Null when the blob is exactly one key of the named algorithm.</summary>
    internal static Refusal? Check(string algorithm, ReadOnlySpan<byte> bytes)
    {
        var blob = new SshReader(bytes);
        if (!blob.TryReadString(out var name) || !IsText(name, algorithm))
            return Refusal.Because(ErrorCode.InvalidSshKey, "SSH key does not contain the algorithm that it names");
        return ByAlgorithm[algorithm](ref blob) && blob.IsAtEnd ? null : Refusal.Because(ErrorCode.InvalidSshKey, $"SSH key is not a valid {algorithm} key");
    }

    static bool IsEd25519(ref SshReader blob) => blob.TryReadString(out var key) && key.Length == Ed25519Bytes;

    static bool IsRsa(ref SshReader blob)
    {
        if (!blob.TryReadPositive(out var exponent) || !blob.TryReadPositive(out var modulus))
            return false;
        var bits = 8 * modulus.Length - (byte.LeadingZeroCount(modulus[0]));
        return IsOdd(exponent) && !(exponent.Length == 1 && exponent[0] == 1) && IsOdd(modulus) && bits is >= LeastRsaBits and <= MostRsaBits;
    }

    static bool IsPoint(ref SshReader blob, string curve, int coordinateBytes) =>
        blob.TryReadString(out var name) && IsText(name, curve)
        && blob.TryReadString(out var point) && point.Length == 1 + 2 * coordinateBytes && point[0] == UncompressedPoint;

    static bool HasApplication(ref SshReader blob) => blob.TryReadString(out var application) && !application.IsEmpty;

    static bool IsOdd(ReadOnlySpan<byte> number) => (number[^1] & 1) == 1;

    static bool IsText(ReadOnlySpan<byte> bytes, string expected)
    {
        if (bytes.Length != expected.Length)
            return false;
        for (var i = 0; i < bytes.Length; i++)
        {
            if (bytes[i] != expected[i])
                return false;
        }
        return true;
    }
}

/// <summary>Reads the data types of RFC 4251 section 5 without ever going beyond the bytes.</summary>
ref struct SshReader(ReadOnlySpan<byte> bytes)
{
    ReadOnlySpan<byte> _rest = bytes;

    internal readonly bool IsAtEnd => _rest.IsEmpty;

    /// <summary>A length of four bytes and as many bytes.</summary>
    internal bool TryReadString(out ReadOnlySpan<byte> value)
    {
        value = default;
        if (_rest.Length < 4)
            return false;
        var length = System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(_rest);
        if (length > (uint)(_rest.Length - 4))
            return false;
        value = _rest.Slice(4, (int)length);
        _rest = _rest[(4 + (int)length)..];
        return true;
    }

    /// <summary>An mpint above zero in its shortest form, without the leading zero byte.</summary>
    internal bool TryReadPositive(out ReadOnlySpan<byte> value)
    {
        if (!TryReadString(out value) || value.IsEmpty || value[0] >= 0x80)
            return false;
        if (value[0] != 0)
            return true;
        value = value[1..];
        return !value.IsEmpty && value[0] >= 0x80;
    }
}
