using Lnvps.Core.Identity;
using Lnvps.Core.Money;
using Lnvps.Core.Payments;
using Lnvps.Core.Reports;
using Lnvps.Database.Reports;
using Lnvps.Database.Sessions;

namespace Lnvps.Platform.Reports;

/// <summary>A referral and what it was worth in the company's base currency; null when a currency of the row is none of ours.</summary>
public sealed record Referral(ReferralUsageRow Row, Money? InBase);

/// <summary>Which VMs were ordered with a referral code, and what was first paid for them (billing.md section 20).</summary>
public static class ReferralReport
{
    public static async Task<IReadOnlyList<Referral>> Of(Session session, DayRange period, CompanyId? company, string? refCode, CancellationToken stop) =>
        [.. (await session.ListReferralUsage(period, company, refCode, stop)).Select(row => new Referral(row, InBase(row)))];

    static Money? InBase(ReferralUsageRow row)
    {
        if (!Currencies.TryParse(row.Currency, out var currency) || !Currencies.TryParse(row.BaseCurrency, out var companyCurrency))
            return null;
        // Through the shortest text that gives this float, as all numbers of such columns (section 1).
        return decimal.TryParse(row.Rate.ToString("R", System.Globalization.CultureInfo.InvariantCulture), System.Globalization.NumberStyles.Float,
            System.Globalization.CultureInfo.InvariantCulture, out var rate) && rate >= 0
            ? ChargedPrice.InBase(new Money(row.Amount, currency), rate, companyCurrency)
            : null;
    }
}
