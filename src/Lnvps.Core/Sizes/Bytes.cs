namespace Lnvps.Core.Sizes;

/// <summary>A size of memory or disk in bytes. "GB" in prices and texts is 2³⁰ bytes.</summary>
public readonly record struct Bytes(ulong Value)
{
    public const ulong Gib = 1UL << 30;
    public const ulong Mib = 1UL << 20;

    public static Bytes FromGib(ulong gib) => new(gib * Gib);

    public static Bytes FromMib(ulong mib) => new(mib * Mib);

    /// <summary>Whole GiB, rounded up: what is charged.</summary>
    public ulong GibRoundedUp => Value / Gib + (Value % Gib == 0 ? 0UL : 1UL);

    /// <summary>Whole GiB, rounded down: what texts show.</summary>
    public ulong GibRoundedDown => Value / Gib;
}
