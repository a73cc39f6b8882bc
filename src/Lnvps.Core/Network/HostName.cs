namespace Lnvps.Core.Network;

/// <summary>A fully qualified host name as customers give it for reverse DNS (provisioning.md section 14.4).</summary>
public readonly record struct HostName
{
    const int LongestName = 253;
    const int LongestLabel = 63;

    HostName(string value) => Value = value;

    /// <summary>The name as given, without a trailing dot.</summary>
    public string Value { get; }

    /// <summary>
    /// One trailing dot is stripped. At most 253 characters, at least two labels, each of 1…63 ASCII letters, digits and hyphens, first and last a letter
    /// or digit.
    /// </summary>
    public static bool TryParse(string text, out HostName name)
    {
        name = default;
        var trimmed = text.EndsWith('.') ? text[..^1] : text;
        if (trimmed.Length > LongestName)
            return false;
        var labels = trimmed.Split('.');
        if (labels.Length < 2 || !Array.TrueForAll(labels, IsLabel))
            return false;
        name = new HostName(trimmed);
        return true;
    }

    public override string ToString() => Value;

    static bool IsLabel(string label) =>
        label.Length is >= 1 and <= LongestLabel
        && label.All(c => char.IsAsciiLetterOrDigit(c) || c == '-')
        && label[0] != '-' && label[^1] != '-';
}
