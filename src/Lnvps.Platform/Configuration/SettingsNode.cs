using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Lnvps.Platform.Configuration;

/// <summary>A setting is missing or wrong. The message names the key and the line, never the value: it may be a secret.</summary>
public sealed class SettingsException(string message) : Exception(message);

/// <summary>
/// A map of the configuration file, read key by key. Unknown keys are ignored (sample files carry some). Every error names file, line and key.
/// </summary>
public sealed partial class SettingsNode
{
    readonly string _file;
    readonly string _path;
    readonly YamlMappingNode? _map;
    readonly long _line;

    SettingsNode(string file, string path, YamlMappingNode? map, long line)
    {
        _line = line;
        _file = file;
        _path = path;
        _map = map;
    }

    /// <summary>Parses YAML text; <paramref name="file"/> only names it in messages.</summary>
    /// <exception cref="SettingsException">The text is no YAML map.</exception>
    public static SettingsNode Parse(string file, string yaml)
    {
        var stream = new YamlStream();
        try
        {
            stream.Load(new StringReader(yaml));
        }
        catch (YamlException error)
        {
            // The parser's message may quote the line, and the line may hold a secret.
            throw new SettingsException($"{file} line {error.Start.Line}: not valid YAML");
        }
        catch (InvalidOperationException)
        {
            // The parser's own slip on some malformed input.
            throw new SettingsException($"{file}: not valid YAML");
        }
        if (stream.Documents.Count == 0)
            return new SettingsNode(file, "", null, 1);
        return stream.Documents[0].RootNode is YamlMappingNode root
            ? new SettingsNode(file, "", root, root.Start.Line)
            : throw new SettingsException($"{file} line 1: expected a map of settings");
    }

    public bool Has(string key) => Find(key) is not null;

    /// <summary>The map under <paramref name="key"/>; null when absent or empty.</summary>
    public SettingsNode? Section(string key) => Find(key) switch
    {
        null => null,
        YamlMappingNode map => new SettingsNode(_file, Full(key), map, map.Start.Line),
        YamlScalarNode { Value: "" or "~" or "null" or null } empty => new SettingsNode(_file, Full(key), null, empty.Start.Line),
        var other => throw Wrong(other, key, "a map"),
    };

    /// <summary>Keys of this map, in file order.</summary>
    public IEnumerable<string> Keys =>
        _map is null ? [] : _map.Children.Keys.OfType<YamlScalarNode>().Select(key => key.Value ?? "");

    public string? OptionalText(string key) => Find(key) switch
    {
        null => null,
        YamlScalarNode scalar => scalar.Value is "" or "~" or "null" ? null : scalar.Value,
        var other => throw Wrong(other, key, "text"),
    };

    /// <summary>A list of texts; empty when absent.</summary>
    public IReadOnlyList<string> Texts(string key) => Find(key) switch
    {
        null or YamlScalarNode { Value: "" or "~" or "null" or null } => [],
        YamlSequenceNode list when list.Children.All(item => item is YamlScalarNode { Value.Length: > 0 }) =>
            [.. list.Children.Cast<YamlScalarNode>().Select(item => item.Value!)],
        var other => throw Wrong(other, key, "a list of texts"),
    };

    /// <summary>One text or a list of texts; empty when absent.</summary>
    public IReadOnlyList<string> OneOrMoreTexts(string key) =>
        Find(key) is YamlScalarNode ? OptionalText(key) is { } only ? [only] : [] : Texts(key);

    /// <summary>The maps of a list, each with its place in messages (<c>key[0]</c>); empty when absent.</summary>
    public IReadOnlyList<SettingsNode> Sections(string key) => Find(key) switch
    {
        null or YamlScalarNode { Value: "" or "~" or "null" or null } => [],
        YamlSequenceNode list when list.Children.All(item => item is YamlMappingNode) =>
            [.. list.Children.Select((item, place) => new SettingsNode(_file, $"{Full(key)}[{place}]", (YamlMappingNode)item, item.Start.Line))],
        var other => throw Wrong(other, key, "a list of maps"),
    };

    public string Text(string key) => OptionalText(key) ?? throw Missing(key);

    /// <summary>A path: <c>~</c> and environment variables such as <c>$HOME</c> are expanded.</summary>
    public string? OptionalPath(string key) => OptionalText(key) is { } text ? Expand(text) : null;

    public string Path(string key) => Expand(Text(key));

    public bool Flag(string key, bool otherwise) => OptionalText(key) switch
    {
        null => otherwise,
        "true" or "yes" or "on" => true,
        "false" or "no" or "off" => false,
        _ => throw Wrong(Find(key)!, key, "true or false"),
    };

    public long Integer(string key, long otherwise, long least, long most)
    {
        if (OptionalText(key) is not { } text)
            return otherwise;
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most
            ? value
            : throw Wrong(Find(key)!, key, $"a whole number from {least} to {most}");
    }

    /// <summary>An address and a port; port 0 lets the system choose.</summary>
    public IPEndPoint? OptionalEndPoint(string key)
    {
        if (OptionalText(key) is not { } text)
            return null;
        return IPEndPoint.TryParse(text, out var address) && (address.Port != 0 || text.EndsWith(":0", StringComparison.Ordinal))
            ? address
            : throw Wrong(Find(key)!, key, "an address and port such as 0.0.0.0:8000 or [::]:8000");
    }

    public decimal Number(string key) =>
        decimal.TryParse(Text(key), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw Wrong(Find(key)!, key, "a number");

    public Uri Url(string key)
    {
        var text = Text(key);
        return Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" or "wss" or "ws"
            ? url
            : throw Wrong(Find(key)!, key, "a URL with http or https");
    }

    /// <summary>An error about the value of a key that the reader of the settings found wrong.</summary>
    public SettingsException Wrong(string key, string expected) =>
        Find(key) is { } node ? Wrong(node, key, expected) : Missing(key);

    /// <summary>An error about a key that is itself wrong.</summary>
    public SettingsException WrongKey(string key, string expected) =>
        new($"{_file} line {_map?.Children.Keys.OfType<YamlScalarNode>().LastOrDefault(node => node.Value == key)?.Start.Line ?? _line}: the key '{Full(key)}' must be {expected}");

    /// <summary>An error about a value, in the words of whoever refused it; they must not repeat the value.</summary>
    public SettingsException Refused(string key, string why) => new($"{_file} line {Find(key)?.Start.Line ?? _line}: '{Full(key)}': {why}");

    public SettingsException Missing(string key) => new($"{_file} line {_line}: the key '{Full(key)}' is missing");

    SettingsException Wrong(YamlNode node, string key, string expected) =>
        new($"{_file} line {node.Start.Line}: '{Full(key)}' must be {expected}");

    YamlNode? Find(string key) => _map is not null && _map.Children.TryGetValue(new YamlScalarNode(key), out var node) ? node : null;

    string Full(string key) => _path.Length == 0 ? key : $"{_path}.{key}";

    static string Expand(string path)
    {
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        if (path == "~" || path.StartsWith("~/", StringComparison.Ordinal))
            path = home + path[1..];
        return Variable().Replace(path, match => Environment.GetEnvironmentVariable(match.Groups["name"].Value) ?? match.Value);
    }

    [GeneratedRegex(@"\$\{?(?<name>[A-Za-z_][A-Za-z0-9_]*)\}?", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Variable();
}
