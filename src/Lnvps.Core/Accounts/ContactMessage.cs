using Lnvps.Core.Outcomes;

namespace Lnvps.Core.Accounts;

/// <summary>What somebody wrote into the contact form (customer-api.md section 6.35).</summary>
/// <param name="PublicKey">As claimed, hex; null or empty = none.</param>
/// <param name="Timestamp">As claimed.</param>
public sealed record ContactMessage(string Subject, string Message, string Email, string Name, string? PublicKey, string Timestamp)
{
    const int LongestMessage = 100_000;
    const int LongestLine = 200;

    /// <summary>The first rule that is broken; null = none.</summary>
    public Refusal? Check()
    {
        foreach (var (field, text) in new[] { ("Subject", Subject), ("Message", Message), ("Name", Name), ("Email", Email) })
        {
            if (string.IsNullOrWhiteSpace(text))
                return Refusal.Invalid($"{field} is required");
        }
        if (!Email.Contains('@', StringComparison.Ordinal) || !Email.Contains('.', StringComparison.Ordinal))
            return Refusal.Invalid("Invalid email address");
        foreach (var (field, text, longest) in new[]
        {
            ("Message", Message, LongestMessage), ("Subject", Subject, LongestLine), ("Name", Name, LongestLine), ("Email", Email, LongestLine),
            ("Timestamp", Timestamp, LongestLine), ("Public key", PublicKey ?? "", LongestLine),
        })
        {
            if (text.Length > longest)
                return Refusal.Invalid($"{field} is longer than {longest} characters");
        }
        return null;
    }

    /// <summary>Title of the message to operators.</summary>
    public string Title => $"Contact Form: {Line(Subject)}";

    /// <summary>Its text, one fact a line.</summary>
    public string Text => $"""
        Name: {Line(Name)}
        Email: {Line(Email)}
        Public key: {(string.IsNullOrWhiteSpace(PublicKey) ? "N/A" : Line(PublicKey))}
        Timestamp: {Line(Timestamp)}
        Subject: {Line(Subject)}
        Message: {Plain(Message)}
        Reply to: {Line(Email)}
        """;

    // What may end in the head of a mail must not add lines to it.
    static string Line(string text) => string.Concat(text.Trim().Where(letter => !char.IsControl(letter) && letter is not ('\u2028' or '\u2029')));

    static string Plain(string text) => string.Concat(text.ReplaceLineEndings("\n").Trim().Where(letter => !char.IsControl(letter) || letter is '\n' or '\t'));
}
