using System.Text;
using Lnvps.Core.Outcomes;

namespace Lnvps.Core.SshKeys;

/// <summary>One OpenSSH public key: algorithm, key blob (RFC 4253 section 6.6) and comment (customer-api.md section 6.4).</summary>
public sealed class SshPublicKey
{
    /// <summary>Longest accepted line in characters; the largest RSA key needs under 3,000.</summary>
    public const int LongestLine = 16_384;

    readonly byte[] _blob;

    SshPublicKey(string algorithm, byte[] blob, string comment) => (Algorithm, _blob, Comment) = (algorithm, blob, comment);

    /// <summary>E.g. <c>ssh-ed25519</c>; the blob names the same.</summary>
    public string Algorithm { get; }

    public ReadOnlyMemory<byte> Blob => _blob;

    /// <summary>Text behind the key, trimmed; may be empty.</summary>
    public string Comment { get; }

    /// <summary>
    /// Reads one line <c>algorithm base64 [comment]</c>; surrounding white space is ignored. Refused with 400: several lines, option prefixes, control
    /// characters, unknown algorithms, certificates, and blobs that are not exactly a key of the named algorithm.
    /// </summary>
    public static Result<SshPublicKey> Parse(string text)
    {
        var line = text.AsSpan().Trim();
        if (line.IsEmpty)
            return Refusal.Because(ErrorCode.InvalidSshKey, "SSH key is empty");
        if (line.Length > LongestLine)
            return Refusal.Because(ErrorCode.InvalidSshKey, "SSH key is too long");
        if (line.ContainsAny('\n', '\r'))
            return Refusal.Because(ErrorCode.InvalidSshKey, "Only one SSH key is accepted");
        var algorithm = NextWord(ref line).ToString();
        if (!SshKeyBlob.IsKnown(algorithm))
            return Refusal.Because(ErrorCode.InvalidSshKey, "SSH key must start with its algorithm, one of: " + string.Join(", ", SshKeyBlob.Algorithms));
        var encoded = NextWord(ref line);
        if (HasControlCharacters(line))
            return Refusal.Because(ErrorCode.InvalidSshKey, "SSH key comment contains control characters");
        var blob = new byte[encoded.Length / 4 * 3];
        if (encoded.IsEmpty || !Convert.TryFromBase64Chars(encoded, blob, out var length))
            return Refusal.Because(ErrorCode.InvalidSshKey, "SSH key is not valid base64");
        Array.Resize(ref blob, length);
        return SshKeyBlob.Check(algorithm, blob) is { } fault ? fault : new SshPublicKey(algorithm, blob, line.ToString());
    }

    /// <summary>
    /// Label of the key: the wanted name, else the comment, else the algorithm; 400 beyond 100 characters (the column's length).
    /// </summary>
    public Result<string> NameFor(string wanted)
    {
        const int Longest = 100;
        var name = wanted.Trim();
        if (name.Length == 0)
            name = Comment.Length == 0 ? Algorithm : Comment;
        return name.EnumerateRunes().Count() <= Longest ? name : Refusal.Invalid($"SSH key name is longer than {Longest} characters");
    }

    /// <summary>The re-encoded line, as stored and given to guests.</summary>
    public override string ToString()
    {
        var line = new StringBuilder(Algorithm).Append(' ').Append(Convert.ToBase64String(_blob));
        return (Comment.Length == 0 ? line : line.Append(' ').Append(Comment)).ToString();
    }

    /// <summary>Cuts the first word off; words are separated by spaces and tabs.</summary>
    static ReadOnlySpan<char> NextWord(ref ReadOnlySpan<char> line)
    {
        var end = line.IndexOfAny(' ', '\t');
        var word = end < 0 ? line : line[..end];
        line = end < 0 ? [] : line[end..].Trim();
        return word;
    }

    static bool HasControlCharacters(ReadOnlySpan<char> text)
    {
        foreach (var c in text)
        {
            if (char.IsControl(c))
                return true;
        }
        return false;
    }
}
