using Lnvps.Core.Identity;

namespace Lnvps.Nostr.Events;

/// <summary>The 64 bytes of a BIP-340 signature. Text form: 128 lower-case hex digits.</summary>
public readonly record struct EventSignature
{
    readonly Bytes32 _r, _s;

    /// <summary>Reads exactly 64 bytes.</summary>
    /// <exception cref="ArgumentException">The span has another length.</exception>
    public EventSignature(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != 64)
            throw new ArgumentException($"Expected 64 bytes, got {bytes.Length}", nameof(bytes));
        _r = new Bytes32(bytes[..32]);
        _s = new Bytes32(bytes[32..]);
    }

    /// <summary>Writes the 64 bytes into <paramref name="destination"/>.</summary>
    public void CopyTo(Span<byte> destination)
    {
        _r.CopyTo(destination);
        _s.CopyTo(destination[32..]);
    }

    public override string ToString() => $"{_r}{_s}";
}
