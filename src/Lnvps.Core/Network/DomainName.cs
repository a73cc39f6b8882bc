using System.Globalization;
using System.Text;

namespace Lnvps.Core.Network;

/// <summary>A domain that a customer registers for Nostr names (nostr.md section 6.3), in lower-case ASCII without a trailing dot.</summary>
public readonly record struct DomainName
{
    const int LongestName = 200, LongestLabel = 63, LongestInput = 1000;

    static readonly IdnMapping s_idn = new() { AllowUnassigned = false };

    DomainName(string value) => Value = value;

    public string Value { get; }

    /// <summary>
    /// Trims, lowers, drops one trailing dot and takes the ASCII form of other scripts. At least two labels of 1 to 63 letters, digits and hyphens, not at their
    /// edges; the last not all digits, so that no address is one; 200 characters at most.
    /// </summary>
    public static bool TryParse(string text, out DomainName name)
    {
        name = default;
        if (text.Length > LongestInput)
            return false;
        var lower = text.Trim().ToLowerInvariant();
        if (lower.EndsWith('.'))
            lower = lower[..^1];
        if (!Ascii.IsValid(lower))
        {
            try
            {
                lower = s_idn.GetAscii(lower).ToLowerInvariant();
            }
            catch (ArgumentException)
            {
                return false;
            }
        }
        var labels = lower.Split('.');
        if (lower.Length > LongestName || labels.Length < 2 || !Array.TrueForAll(labels, IsLabel) || labels[^1].All(char.IsAsciiDigit))
            return false;
        name = new DomainName(lower);
        return true;
    }

    /// <summary>Whether this is that host or lies below it.</summary>
    public bool IsAtOrBelow(string host)
    {
        var other = host.Trim().TrimEnd('.');
        return Value.Equals(other, StringComparison.OrdinalIgnoreCase)
            || (other.Length > 0 && Value.Length > other.Length && Value[Value.Length - other.Length - 1] == '.' && Value.EndsWith(other, StringComparison.OrdinalIgnoreCase));
    }

    public override string ToString() => Value;

    static bool IsLabel(string label) =>
        label.Length is >= 1 and <= LongestLabel && label.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-') && label[0] != '-' && label[^1] != '-';
}

/// <summary>The local part of a Nostr name (NIP-05): 1 to 100 of <c>a-z 0-9 - _ .</c>; <c>_</c> alone is the domain itself.</summary>
public readonly record struct HandleName
{
    const int Longest = 100;

    HandleName(string value) => Value = value;

    public string Value { get; }

    /// <summary>Upper case is lowered.</summary>
    public static bool TryParse(string text, out HandleName name)
    {
        name = default;
        if (text.Length is 0 or > Longest || !text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'))
            return false;
        name = new HandleName(text.ToLowerInvariant());
        return true;
    }

    public override string ToString() => Value;
}
