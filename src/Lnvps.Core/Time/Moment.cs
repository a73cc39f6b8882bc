namespace Lnvps.Core.Time;

/// <summary>
/// A moment of the real clock in milliseconds since 1970-01-01T00:00:00Z: leases, back-off, step times. What customers pay for is reckoned in
/// <see cref="Instant"/> of the business clock instead.
/// </summary>
public readonly record struct Moment(long UnixMilliseconds) : IComparable<Moment>
{
    public static Moment From(DateTimeOffset time) => new(time.ToUnixTimeMilliseconds());

    public Moment Plus(TimeSpan span) => new(UnixMilliseconds + (long)span.TotalMilliseconds);

    /// <summary>Time from <paramref name="earlier"/> to this moment; negative when this one is earlier.</summary>
    public TimeSpan Since(Moment earlier) => TimeSpan.FromMilliseconds(UnixMilliseconds - earlier.UnixMilliseconds);

    public int CompareTo(Moment other) => UnixMilliseconds.CompareTo(other.UnixMilliseconds);

    public static bool operator <(Moment a, Moment b) => a.UnixMilliseconds < b.UnixMilliseconds;
    public static bool operator >(Moment a, Moment b) => a.UnixMilliseconds > b.UnixMilliseconds;
    public static bool operator <=(Moment a, Moment b) => a.UnixMilliseconds <= b.UnixMilliseconds;
    public static bool operator >=(Moment a, Moment b) => a.UnixMilliseconds >= b.UnixMilliseconds;

    /// <summary>RFC 3339 in UTC with milliseconds.</summary>
    public override string ToString() =>
        DateTimeOffset.FromUnixTimeMilliseconds(UnixMilliseconds).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", System.Globalization.CultureInfo.InvariantCulture);
}

public static class TimeProviderMoments
{
    /// <summary>Now, of the real clock.</summary>
    public static Moment Moment(this TimeProvider time) => Time.Moment.From(time.GetUtcNow());
}
