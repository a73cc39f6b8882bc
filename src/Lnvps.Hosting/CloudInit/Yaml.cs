using System.Text;

namespace Lnvps.Hosting.CloudInit;

/// <summary>
/// Writes the small, line-oriented YAML of the seed: block style, two spaces a level, every value in double quotes. Quoting everything keeps
/// a MAC of digits from being read as a number, and one value per line can be read by a shell script.
/// </summary>
sealed class Yaml
{
    readonly StringBuilder _text = new();

    public Yaml Line(int level, string text)
    {
        _text.Append(' ', 2 * level).Append(text).Append('\n');
        return this;
    }

    public Yaml Value(int level, string key, string value) => Line(level, $"{key}: {Quote(value)}");

    public Yaml Value(int level, string key, bool value) => Line(level, $"{key}: {(value ? "true" : "false")}");

    public Yaml Item(int level, string value) => Line(level, $"- {Quote(value)}");

    public byte[] ToUtf8() => Encoding.UTF8.GetBytes(_text.ToString());

    /// <summary>A double-quoted scalar (YAML 1.2 section 7.3.1): quotes, backslashes and everything that is not printable ASCII are escaped.</summary>
    public static string Quote(string value)
    {
        var quoted = new StringBuilder("\"");
        foreach (var rune in value.EnumerateRunes())
        {
            _ = rune.Value switch
            {
                '"' => quoted.Append("\\\""),
                '\\' => quoted.Append("\\\\"),
                '\n' => quoted.Append("\\n"),
                >= ' ' and <= '~' => quoted.Append((char)rune.Value),
                _ => quoted.Append("\\U").Append(rune.Value.ToString("x8")),
            };
        }
        return quoted.Append('"').ToString();
    }
}
