using Lnvps.Core.Catalogue;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Time;

namespace Lnvps.Core.Pricing;

/// <summary>The period a price is for, e.g. 7 days (billing.md section 4). At least one unit.</summary>
public readonly record struct BillingInterval
{
    /// <exception cref="ArgumentOutOfRangeException">The amount is 0 or the kind unknown.</exception>
    public BillingInterval(uint amount, IntervalKind kind)
    {
        ArgumentOutOfRangeException.ThrowIfZero(amount);
        if (!Enum.IsDefined(kind))
            throw new ArgumentOutOfRangeException(nameof(kind));
        Amount = amount;
        Kind = kind;
    }

    /// <summary>One calendar month: custom VMs and subscriptions.</summary>
    public static readonly BillingInterval Month = new(1, IntervalKind.Month);

    public uint Amount { get; }

    public IntervalKind Kind { get; }

    /// <summary>Seconds for pro-rating only: a day 86,400, a month 30 days, a year 365 days, times the amount.</summary>
    public long NominalSeconds => Amount * (Kind switch
    {
        IntervalKind.Day => 86_400L,
        IntervalKind.Month => 2_592_000L,
        _ => 31_536_000L,
    });

    /// <summary>How long before expiry a VM counts as "expiring soon": half the interval, at most one day (provisioning.md section 17.2).</summary>
    public TimeSpan LeadTime => TimeSpan.FromSeconds(Math.Min(86_400, NominalSeconds / 2));

    /// <summary>
    /// <paramref name="start"/> ⊕ <paramref name="count"/> intervals in one step. Months and years keep the time of day; a day that the target month
    /// lacks becomes its last one. Null when the result lies beyond the year 9999.
    /// </summary>
    public Instant? After(Instant start, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        var units = (Int128)Amount * count;
        return Kind switch
        {
            IntervalKind.Day => AfterDays(start, units),
            IntervalKind.Month => AfterMonths(start, units),
            _ => AfterMonths(start, units * 12),
        };
    }

    static Instant? AfterDays(Instant start, Int128 days)
    {
        var seconds = start.UnixSeconds + days * 86_400;
        return seconds <= Latest.UnixSeconds ? new Instant((long)seconds) : null;
    }

    static Instant? AfterMonths(Instant start, Int128 months)
    {
        var from = start.ToDateTimeUtc();
        var monthsLeft = (DateTime.MaxValue.Year - from.Year) * 12 + (12 - from.Month);
        return months <= monthsLeft ? Instant.FromUtc(from.AddMonths((int)months)) : null;
    }

    static readonly Instant Latest = Instant.FromUtc(DateTime.MaxValue);
}

/// <summary>How many intervals one renewal may buy.</summary>
public static class IntervalCount
{
    public const int Least = 1;
    public const int Most = 120;

    /// <summary>Absent = 1; outside 1…120: 400.</summary>
    public static Result<int> Check(long? wanted) => wanted switch
    {
        null => Least,
        >= Least and <= Most => (int)wanted.Value,
        _ => Refusal.Because(ErrorCode.InvalidParameter, "intervals must be between 1 and 120"),
    };
}
