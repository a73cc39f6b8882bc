namespace Lnvps.Core.Time;

/// <summary>
/// A moment in whole seconds since 1970-01-01T00:00:00Z, the resolution of every timestamp column. Arithmetic is checked.
/// </summary>
public readonly record struct Instant(long UnixSeconds) : IComparable<Instant>
{
    /// <summary>Cuts fractions of a second, as the database does.</summary>
    public static Instant From(DateTimeOffset time) => new(time.ToUnixTimeSeconds());

    /// <summary>Takes a UTC date and time; fractions are cut.</summary>
    public static Instant FromUtc(DateTime utc) => From(new DateTimeOffset(DateTime.SpecifyKind(utc, DateTimeKind.Utc)));

    /// <summary>A date and time of the proleptic Gregorian calendar in UTC.</summary>
    public static Instant Utc(int year, int month, int day, int hour = 0, int minute = 0, int second = 0) =>
        FromUtc(new DateTime(year, month, day, hour, minute, second, DateTimeKind.Utc));

    public DateTime ToDateTimeUtc() => DateTime.UnixEpoch.AddSeconds(UnixSeconds);

    public Instant Plus(TimeSpan span) => new(UnixSeconds + (long)span.TotalSeconds);

    public Instant PlusSeconds(long seconds) => new(UnixSeconds + seconds);

    /// <summary>Seconds from <paramref name="earlier"/> to this moment; negative when this one is earlier.</summary>
    public long SecondsSince(Instant earlier) => UnixSeconds - earlier.UnixSeconds;

    public static Instant Later(Instant a, Instant b) => a.UnixSeconds >= b.UnixSeconds ? a : b;

    public int CompareTo(Instant other) => UnixSeconds.CompareTo(other.UnixSeconds);

    public static bool operator <(Instant a, Instant b) => a.UnixSeconds < b.UnixSeconds;
    public static bool operator >(Instant a, Instant b) => a.UnixSeconds > b.UnixSeconds;
    public static bool operator <=(Instant a, Instant b) => a.UnixSeconds <= b.UnixSeconds;
    public static bool operator >=(Instant a, Instant b) => a.UnixSeconds >= b.UnixSeconds;

    /// <summary>RFC 3339 in UTC with whole seconds: <c>2026-02-19T10:00:00Z</c>.</summary>
    public override string ToString() => ToDateTimeUtc().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);
}
