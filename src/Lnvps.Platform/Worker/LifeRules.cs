using Lnvps.Core.Catalogue;
using Lnvps.Core.Pricing;
using Lnvps.Core.Time;
using Lnvps.Core.Vms;
using Lnvps.Database.Worker;

namespace Lnvps.Platform.Worker;

/// <summary>The moment and the rules of this installation, by which rows are judged.</summary>
/// <param name="Now">Of the business clock.</param>
/// <param name="RealNow">Of the real clock: attempts and pauses.</param>
sealed record LifeRules(Instant Now, Moment RealNow, ushort DeleteAfterDays, bool ReadOnly)
{
    /// <summary>How long a request that failed for good rests before the worker asks again.</summary>
    public static readonly TimeSpan PauseAfterFailure = TimeSpan.FromMinutes(5);

    /// <summary>As <see cref="PauseAfterFailure"/>, for deletions, which try for a day by themselves.</summary>
    public static readonly TimeSpan PauseAfterDeletion = TimeSpan.FromHours(1);

    static readonly TimeSpan LongestLead = BillingInterval.Month.LeadTime;
    static readonly TimeSpan LeadOfDays = new BillingInterval(1, IntervalKind.Day).LeadTime;

    public static LifeRules Of(Shop shop) => new(shop.Clock.Now, shop.Time.Moment(), shop.Settings.DeleteAfterDays, shop.Settings.ReadOnly);

    /// <summary>The moments that <see cref="VmFacts.ListDueVms"/> looks for.</summary>
    public DueMoments Due => new(
        Now,
        Now.Plus(LeadOfDays),
        Now.Plus(LongestLead),
        Now.Plus(-VmCheck.UnpaidLifetime),
        ReadOnly ? null : Now.PlusSeconds(-DeleteAfterDays * 86_400L),
        RealNow.Plus(-PauseAfterDeletion));

    /// <summary>What <see cref="VmCheck.WithoutHost"/> decides from.</summary>
    public VmCheckFacts OfBusiness(VmFactsRow row) => new()
    {
        Times = TimesOf(row),
        Now = Now,
        Interval = IntervalOf(row),
        DeleteAfterDays = DeleteAfterDays,
        ReadOnly = ReadOnly,
        RenewsItself = row.RenewsItself,
        HasPendingPayment = row.HasPendingPayment,
        ExpiringSoonHandled = row.SoonMarkedAt is not null,
        ExpiredRecordedAt = row.ExpiredMarkedAt,
        WorkUnderWay = row.WorkUnderWay,
        DeletionUnderWay = row.DeletionUnderWay,
    };

    /// <summary>What <see cref="VmCheck.WithHost"/> decides from.</summary>
    public VmCheckFacts OfMachine(VmFactsRow row, HostObservation seen) => OfBusiness(row) with
    {
        Provisioned = IsProvisioned(row, seen),
        StoppedByExpiry = row.StoppedByExpiry ?? false,
        NextCreation = row.NextAttempt > RealNow ? Now.PlusSeconds(1) : null,
        DeletionGivenUp = row.Unfinished == UnfinishedWork.Deleting,
    };

    /// <summary>
    /// Whether its creation is complete. One of a time before markers counts when it looks complete on its host; one that is not there was more likely moved
    /// than never made (provisioning.md sections 8 and 24).
    /// </summary>
    public static bool IsProvisioned(VmFactsRow row, HostObservation seen)
    {
        if (row.ProvisionedAt is not null)
            return true;
        if (row.Unfinished is not (null or UnfinishedWork.None))
            return false;
        return seen == HostObservation.Absent
            ? !row.MacAddress.IsUnassigned && row.HasIpv4
            : Creation.LooksComplete(row.MacAddress, row.HasIpv4, seen);
    }

    public static VmTimes TimesOf(VmFactsRow row) => new(row.Created, row.Expires, row.Deleted);

    /// <summary>Of its plan; a month for custom VMs, and where a plan is unreadable.</summary>
    public static BillingInterval IntervalOf(VmFactsRow row) =>
        row.IntervalAmount is > 0 and { } amount && row.IntervalType is { } kind && Enum.IsDefined(kind) ? new BillingInterval(amount, kind) : BillingInterval.Month;
}
