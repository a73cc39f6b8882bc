using System.Buffers;
using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;

namespace Lnvps.Platform.Telemetry;

/// <summary>How Prometheus names what an instrument counts.</summary>
enum FamilyKind
{
    Counter,
    Gauge,
    Histogram,
}

/// <summary>
/// All series of one instrument: one value, or one histogram, for each set of labels. Recording a measurement of a known series allocates nothing. Any thread.
/// </summary>
sealed class Family
{
    // Labels have few values by design. Should one slip through that strangers choose, memory and the answer stay small.
    const int MostSeries = 1000;

    static readonly double[] Seconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600];

    // The runtime publishes these as counters although they fall too.
    static readonly HashSet<string> Levels = new(StringComparer.Ordinal) { "dotnet.thread_pool.thread.count", "dotnet.thread_pool.queue.length" };

    readonly ConcurrentDictionary<string, Series> _series = new(StringComparer.Ordinal);
    readonly ConcurrentDictionary<string, Series>.AlternateLookup<ReadOnlySpan<char>> _byText;
    readonly Action _dropped;
    readonly bool _adds;

    /// <param name="dropped">Called for a measurement that found no room.</param>
    public Family(Instrument instrument, Action dropped)
    {
        _dropped = dropped;
        _byText = _series.GetAlternateLookup<ReadOnlySpan<char>>();
        Kind = KindOf(instrument);
        Name = NameOf(instrument, Kind);
        Help = instrument.Description is { Length: > 0 } text ? text : instrument.Name;
        Bounds = Kind != FamilyKind.Histogram ? [] : BoundsOf(instrument) ?? Seconds;
        IsObserved = instrument.IsObservable;
        _adds = !instrument.IsObservable && Kind != FamilyKind.Histogram && !IsGauge(instrument);
    }

    /// <summary>Without the suffix <c>_total</c>.</summary>
    public string Name { get; }

    public string Help { get; }

    public FamilyKind Kind { get; }

    /// <summary>Upper bounds of the buckets, ascending, without infinity.</summary>
    public IReadOnlyList<double> Bounds { get; }

    /// <summary>Its values are told when asked for; what is not told then exists no more.</summary>
    public bool IsObserved { get; }

    /// <summary>Series by their labels as text: <c>kind="create-vm",state="done"</c>, or empty.</summary>
    public IEnumerable<KeyValuePair<string, Series>> All => _series.OrderBy(series => series.Key, StringComparer.Ordinal);

    public void Forget() => _series.Clear();

    public void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var buffer = ArrayPool<char>.Shared.Rent(1024);
        var text = new LabelText(buffer);
        foreach (var tag in tags)
            text.Add(tag.Key, tag.Value);
        var series = Find(text.Written);
        ArrayPool<char>.Shared.Return(buffer);
        if (series is null)
            _dropped();
        else if (Kind == FamilyKind.Histogram)
            series.Observe(value, Bounds);
        else if (_adds)
            series.Add(value);
        else
            series.Set(value);
    }

    Series? Find(ReadOnlySpan<char> labels)
    {
        if (_byText.TryGetValue(labels, out var known))
            return known;
        return _series.Count >= MostSeries ? null : _series.GetOrAdd(labels.ToString(), new Series(Bounds.Count));
    }

    static FamilyKind KindOf(Instrument instrument)
    {
        var type = instrument.GetType();
        var kind = type.IsGenericType ? type.GetGenericTypeDefinition() : type;
        if (kind == typeof(Histogram<>))
            return FamilyKind.Histogram;
        if (Levels.Contains(instrument.Name))
            return FamilyKind.Gauge;
        return kind == typeof(Counter<>) || kind == typeof(ObservableCounter<>) ? FamilyKind.Counter : FamilyKind.Gauge;
    }

    static bool IsGauge(Instrument instrument) => instrument.GetType() is { IsGenericType: true } type && type.GetGenericTypeDefinition() == typeof(Gauge<>);

    static IReadOnlyList<double>? BoundsOf(Instrument instrument) => instrument switch
    {
        Histogram<double> { Advice.HistogramBucketBoundaries: { } bounds } => bounds,
        Histogram<long> { Advice.HistogramBucketBoundaries: { } bounds } => [.. bounds.Select(bound => (double)bound)],
        Histogram<int> { Advice.HistogramBucketBoundaries: { } bounds } => [.. bounds.Select(bound => (double)bound)],
        _ => null,
    };

    // As OpenTelemetry translates names: dots become underscores, units are spelt out at the end.
    static string NameOf(Instrument instrument, FamilyKind kind)
    {
        var name = LabelText.Clean(instrument.Name);
        var unit = instrument.Unit switch
        {
            "s" => "_seconds",
            "ms" => "_milliseconds",
            "By" => "_bytes",
            "1" when kind == FamilyKind.Gauge => "_ratio",
            _ => "",
        };
        if (!name.EndsWith(unit, StringComparison.Ordinal))
            name += unit;
        // The suffix belongs to histograms.
        if (kind == FamilyKind.Gauge && name.EndsWith("_count", StringComparison.Ordinal))
            name = name[..^"_count".Length];
        return kind == FamilyKind.Counter && name.EndsWith("_total", StringComparison.Ordinal) ? name[..^"_total".Length] : name;
    }
}

/// <summary>One value, or one histogram. Any thread.</summary>
sealed class Series(int buckets)
{
    readonly Lock _gate = new();
    readonly long[] _buckets = new long[buckets + 1];
    double _value;

    /// <summary>The value, or the sum of a histogram.</summary>
    public double Value
    {
        get
        {
            lock (_gate)
                return _value;
        }
    }

    public void Add(double value)
    {
        lock (_gate)
            _value += value;
    }

    public void Set(double value)
    {
        lock (_gate)
            _value = value;
    }

    public void Observe(double value, IReadOnlyList<double> bounds)
    {
        var bucket = 0;
        while (bucket < bounds.Count && value > bounds[bucket])
            bucket++;
        lock (_gate)
        {
            _buckets[bucket]++;
            _value += value;
        }
    }

    /// <summary>Counts by bucket, not cumulated, the last for what is above all bounds; and the sum.</summary>
    public (long[] Buckets, double Sum) Histogram
    {
        get
        {
            lock (_gate)
                return ([.. _buckets], _value);
        }
    }
}

/// <summary>Writes labels into a buffer of fixed size; what does not fit is cut off.</summary>
ref struct LabelText(Span<char> buffer)
{
    const int LongestValue = 128;

    readonly Span<char> _buffer = buffer;
    int _length;

    public readonly ReadOnlySpan<char> Written => _buffer[.._length];

    public void Add(string name, object? value)
    {
        // Room for the name, three signs, a comma, and a value of which each character is escaped.
        if (value is null || name.Length + 2 * LongestValue + 4 > _buffer.Length - _length)
            return;
        if (_length > 0)
            _buffer[_length++] = ',';
        foreach (var c in name)
            _buffer[_length++] = char.IsAsciiLetterOrDigit(c) ? c : '_';
        _buffer[_length++] = '=';
        _buffer[_length++] = '"';
        Span<char> formatted = stackalloc char[LongestValue];
        switch (value)
        {
            case string text:
                Escape(text);
                break;
            case bool flag:
                Escape(flag ? "true" : "false");
                break;
            case ISpanFormattable number when number.TryFormat(formatted, out var written, default, CultureInfo.InvariantCulture):
                Escape(formatted[..written]);
                break;
            default:
                Escape(value.ToString());
                break;
        }
        _buffer[_length++] = '"';
    }

    void Escape(scoped ReadOnlySpan<char> text)
    {
        foreach (var c in text[..Math.Min(text.Length, LongestValue)])
        {
            if (c is '\\' or '"' or '\n')
                _buffer[_length++] = '\\';
            _buffer[_length++] = c == '\n' ? 'n' : c;
        }
    }

    /// <summary>A name of letters, digits and underscores.</summary>
    public static string Clean(string name) => string.Create(name.Length, name, static (to, from) =>
    {
        for (var i = 0; i < from.Length; i++)
            to[i] = char.IsAsciiLetterOrDigit(from[i]) ? from[i] : '_';
    });
}
