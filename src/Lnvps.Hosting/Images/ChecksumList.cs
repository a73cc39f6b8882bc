using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Lnvps.Hosting.Images;

/// <summary>
/// Checksum files of image publishers. Read are the lines of the GNU tools (<c>HEX  NAME</c>, <c>HEX *NAME</c>), of the BSD tools (<c>SHA256 (NAME) = HEX</c>), and
/// a file that is nothing but a checksum. All else in it is passed over: comments, signatures, weaker sums.
/// </summary>
public static class ChecksumList
{
    /// <summary>The strongest checksum that <paramref name="text"/> gives for a file; null when it gives none.</summary>
    /// <param name="file">Name without folder. Names in the list may have one.</param>
    /// <exception cref="InvalidDataException">It gives the file two different checksums of the same kind: one of them is not this file's.</exception>
    public static Sha2? Find(string text, string file)
    {
        var found = new Dictionary<int, Sha2>();
        foreach (var raw in text.AsSpan().EnumerateLines())
        {
            var line = raw.Trim();
            if (!TryReadLine(line, out var name, out var sum) || !IsNamed(name, file))
                continue;
            var strength = sum.ToString().Length;
            if (found.TryGetValue(strength, out var other) && other != sum)
                throw new InvalidDataException($"two different checksums of {file}");
            found[strength] = sum;
        }
        if (found.Count > 0)
            return found[found.Keys.Max()];
        return Sha2.TryParse(text.AsSpan().Trim(), out var alone) ? alone : null;
    }

    static bool TryReadLine(ReadOnlySpan<char> line, out ReadOnlySpan<char> name, [NotNullWhen(true)] out Sha2? sum) =>
        TryReadGnu(line, out name, out sum) || TryReadBsd(line, out name, out sum);

    static bool TryReadGnu(ReadOnlySpan<char> line, out ReadOnlySpan<char> name, [NotNullWhen(true)] out Sha2? sum)
    {
        name = default;
        sum = null;
        var gap = line.IndexOfAny(' ', '\t');
        if (gap < 0 || !Sha2.TryParse(line[..gap], out sum))
            return false;
        // The tools put a star before the names of files that were read as binary.
        name = line[gap..].TrimStart();
        if (name.StartsWith("*"))
            name = name[1..];
        return name.Length > 0;
    }

    static bool TryReadBsd(ReadOnlySpan<char> line, out ReadOnlySpan<char> name, [NotNullWhen(true)] out Sha2? sum)
    {
        name = default;
        sum = null;
        var open = line.IndexOf('(');
        var close = line.LastIndexOf(')');
        if (open < 0 || close < open)
            return false;
        var kind = line[..open].Trim();
        name = line[(open + 1)..close];
        var rest = line[(close + 1)..].TrimStart();
        // The kind must be said: sums of other families (SHA3-256, BLAKE2s) are as long.
        return name.Length > 0 && rest.StartsWith("=") && Sha2.TryParse(rest[1..].Trim(), out sum)
            && kind.Equals(string.Create(CultureInfo.InvariantCulture, $"SHA{sum.ToString().Length * 4}"), StringComparison.OrdinalIgnoreCase);
    }

    static bool IsNamed(ReadOnlySpan<char> name, string file) => name[(name.LastIndexOf('/') + 1)..].SequenceEqual(file);
}
