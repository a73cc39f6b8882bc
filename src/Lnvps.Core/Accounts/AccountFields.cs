using System.Text;
using Lnvps.Core.Outcomes;

namespace Lnvps.Core.Accounts;

/// <summary>Checks of what customers write into their account, before anything is stored (customer-api.md sections 4.2 and 6.2).</summary>
public static class AccountFields
{
    /// <summary>Length of <c>name</c>, <c>address_1</c>, <c>address_2</c>.</summary>
    public const int LongLine = 200;

    /// <summary>Length of <c>city</c>, <c>state</c>.</summary>
    public const int Line = 100;

    /// <summary>Length of <c>postcode</c>, <c>tax_id</c>.</summary>
    public const int ShortLine = 50;

    /// <summary>The trimmed text, null for an empty one (it clears the field); 400 beyond <paramref name="longest"/> characters.</summary>
    /// <param name="field">Wire name, for the message.</param>
    public static Result<string?> Text(string field, string? value, int longest)
    {
        var trimmed = value?.Trim();
        if (string.IsNullOrEmpty(trimmed))
            return new Result<string?>(value: null);
        return CharactersIn(trimmed) <= longest ? trimmed : Refusal.Invalid($"{field} must be at most {longest} characters");
    }

    /// <summary>The trimmed address, null for an empty one; 400 unless it contains <c>@</c> and a dot.</summary>
    public static Result<string?> Email(string? value)
    {
        var trimmed = value?.Trim();
        if (string.IsNullOrEmpty(trimmed))
            return new Result<string?>(value: null);
        return trimmed.Contains('@', StringComparison.Ordinal) && trimmed.Contains('.', StringComparison.Ordinal) && !trimmed.Any(char.IsControl)
            ? trimmed
            : Refusal.Invalid("Invalid email address");
    }

    /// <summary>The alpha-3 code of a country given as alpha-3 or alpha-2 in any letter case, null for an empty text; 400 for an unknown one.</summary>
    public static Result<string?> CountryCode(string? value)
    {
        var trimmed = value?.Trim();
        if (string.IsNullOrEmpty(trimmed))
            return new Result<string?>(value: null);
        return Country.TryParse(trimmed, out var country) ? country.Alpha3 : Refusal.Invalid("Invalid country code");
    }

    /// <summary>Characters as the database counts them: code points.</summary>
    public static int CharactersIn(string text)
    {
        var count = 0;
        foreach (var _ in text.EnumerateRunes())
            count++;
        return count;
    }
}
