namespace Lnvps.Lightning.Bolt11;

/// <summary>Bytes of any length that compare by value. Text form: lower-case hex.</summary>
public readonly struct ByteString : IEquatable<ByteString>
{
    readonly byte[]? _bytes;

    public ByteString(ReadOnlySpan<byte> bytes) => _bytes = bytes.ToArray();

    public ReadOnlySpan<byte> Span => _bytes;

    public int Length => Span.Length;

    /// <exception cref="FormatException">Not an even number of hex digits.</exception>
    public static ByteString FromHex(string hex) => new(Convert.FromHexString(hex));

    public bool Equals(ByteString other) => Span.SequenceEqual(other.Span);

    public override bool Equals(object? obj) => obj is ByteString other && Equals(other);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.AddBytes(Span);
        return hash.ToHashCode();
    }

    public static bool operator ==(ByteString a, ByteString b) => a.Equals(b);

    public static bool operator !=(ByteString a, ByteString b) => !a.Equals(b);

    public override string ToString() => Convert.ToHexStringLower(Span);
}
