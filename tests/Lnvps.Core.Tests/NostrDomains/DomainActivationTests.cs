using Lnvps.Core.NostrDomains;
using Lnvps.Core.Time;

namespace Lnvps.Core.Tests.NostrDomains;

public sealed class DomainActivationTests
{
    static readonly Instant Now = Instant.Utc(2026, 3, 10);

    [Theory]
    [InlineData(false, DomainSight.Here, false, 0, DomainChange.Enable)]
    [InlineData(false, DomainSight.Here, true, 30, DomainChange.Enable)]
    [InlineData(true, DomainSight.Here, true, 30, DomainChange.None)]
    [InlineData(true, DomainSight.Elsewhere, false, 30, DomainChange.None)]
    [InlineData(true, DomainSight.Elsewhere, true, 0, DomainChange.Disable)]
    [InlineData(false, DomainSight.Elsewhere, true, 6, DomainChange.None)]
    [InlineData(false, DomainSight.Elsewhere, true, 7, DomainChange.None)]
    [InlineData(false, DomainSight.Elsewhere, false, 8, DomainChange.Delete)]
    [InlineData(false, DomainSight.Unknown, true, 365, DomainChange.None)]
    [InlineData(true, DomainSight.Unknown, true, 365, DomainChange.None)]
    public void A_domain_follows_its_dns(bool enabled, DomainSight sight, bool missedBefore, int daysSinceChange, DomainChange expected) =>
        Assert.Equal(expected, DomainActivation.Judge(enabled, sight, missedBefore, Now.Plus(TimeSpan.FromDays(-daysSinceChange)), Now));

    [Fact]
    public void A_week_is_over_a_second_after_its_end() => Assert.Equal(
        DomainChange.Delete, DomainActivation.Judge(enabled: false, DomainSight.Elsewhere, missedBefore: false, Now.Plus(-DomainActivation.Kept).PlusSeconds(-1), Now));
}
