using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Lnvps.Core.Randomness;

/// <summary>Where random bytes come from. Injected, so that a simulation can be repeated from its seed.</summary>
public interface IRandomSource
{
    /// <summary>Fills the span with independent, uniformly distributed bytes.</summary>
    void Fill(Span<byte> bytes);
}

/// <summary>The operating system's generator: the one of every production program.</summary>
public sealed class SecureRandomness : IRandomSource
{
    public void Fill(Span<byte> bytes) => RandomNumberGenerator.Fill(bytes);
}

/// <summary>The same bytes for the same seed (SplitMix64): for tests and simulations only. One thread at a time.</summary>
public sealed class SeededRandomness(ulong seed) : IRandomSource
{
    ulong _state = seed;

    public void Fill(Span<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            var word = Next();
            var taken = Math.Min(8, bytes.Length);
            MemoryMarshal.AsBytes(new Span<ulong>(ref word))[..taken].CopyTo(bytes);
            bytes = bytes[taken..];
        }
    }

    ulong Next()
    {
        unchecked // The generator is defined modulo 2⁶⁴.
        {
            _state += 0x9E3779B97F4A7C15;
            var z = _state;
            z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
            z = (z ^ z >> 27) * 0x94D049BB133111EB;
            return z ^ z >> 31;
        }
    }
}

public static class RandomDraws
{
    /// <summary>A uniformly distributed number below <paramref name="bound"/> (&gt; 0), all 128 bits wide.</summary>
    public static UInt128 Below(this IRandomSource random, UInt128 bound)
    {
        ArgumentOutOfRangeException.ThrowIfZero(bound);
        var mask = UInt128.MaxValue >> (int)UInt128.LeadingZeroCount((bound - 1) | 1);
        UInt128 drawn = 0;
        do
        {
            random.Fill(MemoryMarshal.AsBytes(new Span<UInt128>(ref drawn)));
            drawn &= mask;
        }
        while (drawn >= bound); // On average fewer than two rounds: the mask is the next power of two.
        return drawn;
    }

    /// <summary>Puts the items into a uniformly random order.</summary>
    public static void Shuffle<T>(this IRandomSource random, Span<T> items)
    {
        for (var i = items.Length - 1; i > 0; i--)
        {
            var j = (int)random.Below((UInt128)(i + 1));
            (items[i], items[j]) = (items[j], items[i]);
        }
    }
}
