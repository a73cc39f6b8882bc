using System.Globalization;
using System.Net.Mail;
using System.Text;

namespace Lnvps.Platform.Notifications.Mail;

/// <summary>One e-mail: a message as plain text and, unless it is <see cref="IsPlain"/>, as a page. Whatever the texts hold, they stay inside of their place.</summary>
/// <param name="Id">Left part of the message id; the same for a repetition, so that receivers can tell.</param>
public sealed record MailText(string Id, MailAddress From, MailAddress To, string Subject, string Message, DateTimeOffset Date)
{
    const int Base64Line = 76;

    // A word of RFC 2047 has 75 characters at most: 12 for its frame, 60 of base64 for 45 bytes.
    const int EncodedWordBytes = 45;

    /// <summary><c>text/plain</c> only, for operators.</summary>
    public bool IsPlain { get; init; }

    /// <summary>The whole e-mail with CRLF line ends: <c>multipart/alternative</c> or <c>text/plain</c>, headers and bodies in ASCII.</summary>
    public string ToMime()
    {
        var boundary = $"=_{Id}_alternative";
        var mime = new StringBuilder();
        Header("Date", Date.ToUniversalTime().ToString("ddd, dd MMM yyyy HH:mm:ss '+0000'", CultureInfo.InvariantCulture));
        Header("From", Address(From));
        Header("To", Address(To));
        Header("Subject", Words(OneLine(Subject)));
        Header("Message-ID", $"<{Id}@{From.Host}>");
        Header("Auto-Submitted", "auto-generated");
        Header("MIME-Version", "1.0");
        if (IsPlain)
        {
            Body("text/plain", Message);
            return mime.ToString();
        }
        Header("Content-Type", $"multipart/alternative; boundary=\"{boundary}\"");
        Line("");
        Part("text/plain", Message);
        Part("text/html", MailPage.Of(Message, Date.Year));
        Line($"--{boundary}--");
        return mime.ToString();

        void Line(string text) => mime.Append(text).Append("\r\n");

        void Header(string name, string value) => Line($"{name}: {value}");

        void Part(string type, string text)
        {
            Line($"--{boundary}");
            Body(type, text);
        }

        void Body(string type, string text)
        {
            Header("Content-Type", $"{type}; charset=utf-8");
            Header("Content-Transfer-Encoding", "base64");
            Line("");
            var encoded = Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
            for (var at = 0; at < encoded.Length; at += Base64Line)
                Line(encoded.Substring(at, Math.Min(Base64Line, encoded.Length - at)));
        }
    }

    /// <summary>Control characters, line ends among them, become spaces: a header ends where its line ends.</summary>
    internal static string OneLine(string text) => string.Concat(text.Select(c => char.IsControl(c) || c is '\u2028' or '\u2029' ? ' ' : c)).Trim();

    static string Address(MailAddress address)
    {
        var name = OneLine(address.DisplayName);
        return name.Length == 0 ? $"<{address.Address}>" : $"{Words(name, always: true)} <{address.Address}>";
    }

    /// <summary>As it is when short and plain, else as encoded words of RFC 2047, folded.</summary>
    static string Words(string text, bool always = false)
    {
        if (!always && text.Length <= 60 && Ascii.IsValid(text) && !text.Contains("=?", StringComparison.Ordinal))
            return text;
        var words = new List<string>();
        var word = new StringBuilder();
        var bytes = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            if (bytes + rune.Utf8SequenceLength > EncodedWordBytes)
                End();
            word.Append(rune.ToString());
            bytes += rune.Utf8SequenceLength;
        }
        End();
        return string.Join("\r\n ", words);

        void End()
        {
            words.Add($"=?utf-8?B?{Convert.ToBase64String(Encoding.UTF8.GetBytes(word.ToString()))}?=");
            word.Clear();
            bytes = 0;
        }
    }
}
