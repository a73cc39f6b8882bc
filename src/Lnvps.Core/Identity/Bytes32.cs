using System.Buffers.Binary;

namespace Lnvps.Core.Identity;

/// <summary>Thirty-two bytes by value: hashes, payment ids, public keys. Text form: 64 lower-case hex digits; parsing takes either case.</summary>
public readonly record struct Bytes32
{
    readonly ulong _a, _b, _c, _d;

    /// <summary>Reads exactly 32 bytes.</summary>
    /// <exception cref="ArgumentException">The span has another length.</exception>
    public Bytes32(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != 32)
            throw new ArgumentException($"Expected 32 bytes, got {bytes.Length}", nameof(bytes));
        _a = BinaryPrimitives.ReadUInt64BigEndian(bytes);
        _b = BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]);
        _c = BinaryPrimitives.ReadUInt64BigEndian(bytes[16..]);
        _d = BinaryPrimitives.ReadUInt64BigEndian(bytes[24..]);
    }

    /// <summary>Writes the 32 bytes into <paramref name="destination"/>.</summary>
    public void CopyTo(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64BigEndian(destination, _a);
        BinaryPrimitives.WriteUInt64BigEndian(destination[8..], _b);
        BinaryPrimitives.WriteUInt64BigEndian(destination[16..], _c);
        BinaryPrimitives.WriteUInt64BigEndian(destination[24..], _d);
    }

    public byte[] ToArray()
    {
        var bytes = new byte[32];
        CopyTo(bytes);
        return bytes;
    }

    /// <summary>Parses 64 hex digits of either case; false for anything else.</summary>
    public static bool TryParseHex(ReadOnlySpan<char> hex, out Bytes32 value)
    {
        Span<byte> bytes = stackalloc byte[32];
        if (hex.Length == 64 && Convert.FromHexString(hex, bytes, out _, out var written) == System.Buffers.OperationStatus.Done && written == 32)
        {
            value = new Bytes32(bytes);
            return true;
        }
        value = default;
        return false;
    }

    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[32];
        CopyTo(bytes);
        return Convert.ToHexStringLower(bytes);
    }
}

/// <summary>A Nostr public key: the 32-byte x coordinate (BIP-340). It is the account.</summary>
public readonly record struct PublicKey(Bytes32 Bytes)
{
    /// <summary>Parses 64 hex digits of either case.</summary>
    public static bool TryParse(ReadOnlySpan<char> hex, out PublicKey key)
    {
        var ok = Bytes32.TryParseHex(hex, out var bytes);
        key = new PublicKey(bytes);
        return ok;
    }

    public override string ToString() => Bytes.ToString();
}

/// <summary>Id of a payment. Lightning: the payment hash; other methods: 32 random bytes. Unique over both payment tables.</summary>
public readonly record struct PaymentId(Bytes32 Bytes)
{
    /// <summary>Parses 64 hex digits of either case.</summary>
    public static bool TryParse(ReadOnlySpan<char> hex, out PaymentId id)
    {
        var ok = Bytes32.TryParseHex(hex, out var bytes);
        id = new PaymentId(bytes);
        return ok;
    }

    public override string ToString() => Bytes.ToString();
}
