namespace Lnvps.Core.Invoices;

/// <summary>Bought time for people (billing.md section 21): whole days, never average months.</summary>
public static class DurationText
{
    /// <summary><c>31 days</c>; with what is left over: <c>23 days 11 hours 38 minutes 10 seconds</c>. Parts that are zero are left out.</summary>
    /// <param name="seconds">At least 0.</param>
    public static string Of(ulong seconds)
    {
        (ulong Count, string Unit)[] parts = [(seconds / 86_400, "day"), (seconds / 3600 % 24, "hour"), (seconds / 60 % 60, "minute"), (seconds % 60, "second")];
        var text = string.Join(' ', parts.Where(part => part.Count > 0).Select(part => $"{part.Count} {part.Unit}{(part.Count == 1 ? "" : "s")}"));
        return text.Length > 0 ? text : "0 seconds";
    }
}
