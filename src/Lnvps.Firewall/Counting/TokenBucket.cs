using Lnvps.Firewall.Kernel;

namespace Lnvps.Firewall.Counting;

/// <summary>What a bucket holds now, for reports; the kernel refills it only when a packet comes (firewall.md section 3).</summary>
static class TokenBucket
{
    const ulong Second = 1_000_000_000;

    /// <summary>Tokens at monotonic time <paramref name="now"/>, ns.</summary>
    public static ulong TokensAt(Bucket bucket, PacketLimits limits, ulong now)
    {
        if (limits.Limit > Second)
            return limits.Burst;
        var held = Math.Min(bucket.Tokens, limits.Burst);
        if (limits.Limit == 0 || now <= bucket.Timestamp)
            return held;
        var earned = (now - bucket.Timestamp) / (Second / limits.Limit);
        return earned >= limits.Burst - held ? limits.Burst : held + earned;
    }
}
