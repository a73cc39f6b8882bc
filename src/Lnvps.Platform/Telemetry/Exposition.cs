using System.Globalization;
using System.Text;

namespace Lnvps.Platform.Telemetry;

/// <summary>Text formats that Prometheus reads.</summary>
public enum ExpositionFormat
{
    /// <summary>Prometheus text format 0.0.4.</summary>
    Prometheus,

    /// <summary>OpenMetrics 1.0.0.</summary>
    OpenMetrics,
}

/// <summary>Writes metric families as text, a comment with help and type before each.</summary>
sealed class Exposition(ExpositionFormat format)
{
    readonly StringBuilder _text = new();

    public static string ContentType(ExpositionFormat format) => format == ExpositionFormat.OpenMetrics
        ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
        : "text/plain; version=0.0.4; charset=utf-8";

    public void Add(Family family)
    {
        var series = family.All.ToList();
        if (series.Count == 0)
            return;
        Head(family.Name, family.Help, family.Kind);
        foreach (var (labels, values) in series)
        {
            if (family.Kind == FamilyKind.Histogram)
                AddHistogram(family, labels, values);
            else
                Sample(family.Kind == FamilyKind.Counter ? family.Name + "_total" : family.Name, labels, values.Value);
        }
    }

    public void AddCounter(string name, string help, double value)
    {
        Head(name, help, FamilyKind.Counter);
        Sample(name + "_total", "", value);
    }

    public string End()
    {
        if (format == ExpositionFormat.OpenMetrics)
            _text.Append("# EOF\n");
        return _text.ToString();
    }

    void AddHistogram(Family family, string labels, Series series)
    {
        var (buckets, sum) = series.Histogram;
        var comma = labels.Length == 0 ? "" : ",";
        var count = 0L;
        for (var i = 0; i < buckets.Length; i++)
        {
            count += buckets[i];
            // OpenMetrics writes bounds as floating-point numbers: 1 is 1.0.
            var bound = i == family.Bounds.Count ? "+Inf" : Bound(family.Bounds[i]);
            Sample(family.Name + "_bucket", $"{labels}{comma}le=\"{bound}\"", count);
        }
        Sample(family.Name + "_sum", labels, sum);
        Sample(family.Name + "_count", labels, count);
    }

    // The older format names a counter with its suffix, OpenMetrics without.
    void Head(string name, string help, FamilyKind kind)
    {
        var (named, type) = kind switch
        {
            FamilyKind.Counter => (format == ExpositionFormat.OpenMetrics ? name : name + "_total", "counter"),
            FamilyKind.Histogram => (name, "histogram"),
            _ => (name, "gauge"),
        };
        var escaped = help.Replace("\\", @"\\", StringComparison.Ordinal).Replace("\n", @"\n", StringComparison.Ordinal);
        if (format == ExpositionFormat.OpenMetrics)
            escaped = escaped.Replace("\"", "\\\"", StringComparison.Ordinal);
        _text.Append("# HELP ").Append(named).Append(' ').Append(escaped).Append('\n')
            .Append("# TYPE ").Append(named).Append(' ').Append(type).Append('\n');
    }

    void Sample(string name, string labels, double value)
    {
        _text.Append(name);
        if (labels.Length > 0)
            _text.Append('{').Append(labels).Append('}');
        _text.Append(' ').Append(Number(value)).Append('\n');
    }

    static string Bound(double value) => Number(value) is var text && text.AsSpan().IndexOfAny('.', 'E') < 0 ? text + ".0" : text;

    static string Number(double value)
    {
        if (double.IsNaN(value))
            return "NaN";
        return double.IsInfinity(value) ? value > 0 ? "+Inf" : "-Inf" : value.ToString("R", CultureInfo.InvariantCulture);
    }
}
