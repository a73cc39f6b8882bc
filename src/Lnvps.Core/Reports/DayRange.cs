using Lnvps.Core.Outcomes;
using Lnvps.Core.Time;

namespace Lnvps.Core.Reports;

/// <summary>A period of whole days in UTC: from 00:00 of the first to the last second of the last (billing.md section 20, data-model.md section 7.15).</summary>
/// <param name="From">First moment that belongs to it.</param>
/// <param name="Until">First moment that does not.</param>
public readonly record struct DayRange(Instant From, Instant Until)
{
    /// <summary>Both days included; 400 when the first comes after the last.</summary>
    public static Result<DayRange> Of(DateOnly first, DateOnly last) => first > last
        ? Refusal.Invalid("The period ends before it begins")
        : new DayRange(Midnight(first), last == DateOnly.MaxValue ? Instant.FromUtc(DateTime.MaxValue) : Midnight(last.AddDays(1)));

    static Instant Midnight(DateOnly day) => Instant.FromUtc(day.ToDateTime(TimeOnly.MinValue, DateTimeKind.Utc));
}
