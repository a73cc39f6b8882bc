using Lnvps.Core.Accounts;
using Lnvps.Core.Outcomes;

namespace Lnvps.Core.Vms;

/// <summary>The code a customer may give with an order (billing.md section 20). That it exists is not checked.</summary>
public static class ReferralCode
{
    public const int Longest = 20;

    /// <summary>The trimmed code; null for absent or blank; 400 beyond 20 characters.</summary>
    public static Result<string?> Check(string? code) => AccountFields.Text("ref_code", code, Longest);
}
