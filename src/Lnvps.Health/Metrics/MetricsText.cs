using System.Globalization;
using System.Text;

namespace Lnvps.Health.Metrics;

/// <summary>Writes metrics in the text format of Prometheus, version 0.0.4, with label values of any length and content.</summary>
sealed class MetricsText
{
    readonly StringBuilder _text = new();

    /// <summary>Nothing is written of a metric without series.</summary>
    /// <param name="type">counter or gauge.</param>
    public void Add(string name, string help, string type, IEnumerable<(IReadOnlyList<(string Name, string Value)> Labels, double Value)> series)
    {
        var isFirst = true;
        foreach (var (labels, value) in series)
        {
            if (isFirst)
                _text.Append("# HELP ").Append(name).Append(' ').Append(help).Append("\n# TYPE ").Append(name).Append(' ').Append(type).Append('\n');
            isFirst = false;
            _text.Append(name).Append('{').AppendJoin(',', labels.Select(label => $"{label.Name}=\"{Escape(label.Value)}\"")).Append("} ")
                .Append(value.ToString("R", CultureInfo.InvariantCulture)).Append('\n');
        }
    }

    public override string ToString() => _text.ToString();

    static string Escape(string value) => value.Replace("\\", @"\\", StringComparison.Ordinal)
        .Replace("\"", "\\\"", StringComparison.Ordinal)
        .Replace("\n", @"\n", StringComparison.Ordinal);
}
