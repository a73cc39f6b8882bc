using Lnvps.Core.Identity;
using Lnvps.Core.Reports;
using Lnvps.Core.Time;
using Lnvps.Database.Sessions;

namespace Lnvps.Database.Reports;

/// <summary>The first paid payment of a VM that was ordered with a referral code.</summary>
public sealed record ReferralUsageRow
{
    public VmId VmId { get; init; }
    public string RefCode { get; init; } = "";
    /// <summary>When that payment was made out.</summary>
    public Instant Created { get; init; }
    /// <summary>Net, in the smallest unit of <see cref="Currency"/>.</summary>
    public ulong Amount { get; init; }
    public string Currency { get; init; } = "";
    /// <summary>Units of <see cref="BaseCurrency"/> for one of <see cref="Currency"/>, as it was then.</summary>
    public float Rate { get; init; }
    /// <summary>Of the company that sold it.</summary>
    public string BaseCurrency { get; init; } = "";
}

/// <summary>Referral accounting (billing.md section 20): a referral is worth what was first paid; refunded and deleted VMs count as recorded.</summary>
public static class ReferralUsage
{
    /// <summary>Referrals whose first paid payment falls into the period, newest first, ties by VM.</summary>
    /// <param name="company">Null = of all companies.</param>
    /// <param name="refCode">Exactly this code; null = all.</param>
    public static Task<List<ReferralUsageRow>> ListReferralUsage(this Session session, DayRange period, CompanyId? company, string? refCode, CancellationToken stop) =>
        session.List<ReferralUsageRow>($"""
            SELECT p.vm_id, v.ref_code, p.created, p.amount, p.currency, p.rate, c.base_currency
            FROM vm v
            JOIN vm_payment p ON p.vm_id = v.id AND p.is_paid = 1
            JOIN vm_host h ON h.id = v.host_id
            JOIN vm_host_region r ON r.id = h.region_id
            JOIN company c ON c.id = r.company_id
            WHERE v.ref_code IS NOT NULL AND p.created >= @From AND p.created < @Until
              {(company is null ? "" : "AND c.id = @company")} {(refCode is null ? "" : "AND v.ref_code = @refCode")}
              AND NOT EXISTS (
                SELECT 1 FROM vm_payment e
                WHERE e.vm_id = v.id AND e.is_paid = 1 AND (e.created < p.created OR (e.created = p.created AND e.id < p.id)))
            ORDER BY p.created DESC, p.vm_id
            """, new { period.From, period.Until, company = company ?? default, refCode }, stop);
}
