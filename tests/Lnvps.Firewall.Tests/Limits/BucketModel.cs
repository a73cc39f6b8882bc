using Lnvps.Firewall.Kernel;

namespace Lnvps.Firewall.Tests.Limits;

/// <summary>The bucket of firewall.md section 3 in unbounded numbers, written from the specification and not from the header.</summary>
static class BucketModel
{
    public static (bool Passes, Bucket Next) Take(Bucket bucket, PacketLimits limits, ulong now)
    {
        Int128 tokens = bucket.Tokens, stamp = bucket.Timestamp, limit = limits.Limit, burst = limits.Burst, time = now;
        if (limit > 1_000_000_000)
        {
            (tokens, stamp) = (burst, time);
        }
        else if (limit == 0)
        {
            tokens = Int128.Min(tokens, burst);
        }
        else
        {
            var interval = 1_000_000_000 / limit;
            var intervals = Int128.Max(time - stamp, 0) / interval;
            if (tokens + intervals >= burst)
                (tokens, stamp) = (burst, Int128.Max(stamp, time));
            else
                (tokens, stamp) = (tokens + intervals, stamp + intervals * interval);
        }
        var passes = tokens >= 1;
        return (passes, new Bucket((ulong)(passes ? tokens - 1 : tokens), (ulong)stamp));
    }
}
