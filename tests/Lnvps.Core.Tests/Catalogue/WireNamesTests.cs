using Lnvps.Core.Catalogue;
using Lnvps.Core.Payments;
using Lnvps.Core.Time;
using Lnvps.Core.Vms;

namespace Lnvps.Core.Tests.Catalogue;

/// <summary>customer-api.md section 1.7.</summary>
public class WireNamesTests
{
    [Fact]
    public void Spellings()
    {
        Assert.Equal("hdd ssd", string.Join(' ', Enum.GetValues<DiskKind>().Select(x => x.WireName())));
        Assert.Equal("sata scsi pcie", string.Join(' ', Enum.GetValues<DiskInterface>().Select(x => x.WireName())));
        Assert.Equal("day month year", string.Join(' ', Enum.GetValues<IntervalKind>().Select(x => x.WireName())));
        Assert.Equal(
            "ubuntu debian centos fedora freebsd opensuse archlinux redhatenterprise",
            string.Join(' ', Enum.GetValues<OsDistribution>().Select(x => x.WireName())));
        Assert.Equal("lightning revolut paypal stripe", string.Join(' ', Enum.GetValues<PaymentMethod>().Select(x => x.WireName())));
        Assert.Equal(
            "created started stopped restarted deleted expired renewed reinstalled state_changed payment_received configuration_changed",
            string.Join(' ', Enum.GetValues<VmHistoryAction>().Select(x => x.WireName())));
        Assert.Equal(
            "Ubuntu Debian CentOS Fedora FreeBSD OpenSUSE ArchLinux RedHatEnterprise",
            string.Join(' ', Enum.GetValues<OsDistribution>().Select(x => x.Title())));
        Assert.Equal("stopped running starting deleting creating unknown", string.Join(' ', Enum.GetValues<VmPower>().Select(x => x.WireName())));
    }

    [Fact]
    public void An_unknown_ordinal_is_never_another_value() => Assert.Throws<ArgumentOutOfRangeException>(() => ((DiskKind)7).WireName());

    [Fact]
    public void Parsing_is_exact()
    {
        Assert.True(WireNames.TryParse("ssd", out DiskKind kind) && kind == DiskKind.Ssd);
        Assert.True(WireNames.TryParse("pcie", out DiskInterface port) && port == DiskInterface.Pcie);
        Assert.True(WireNames.TryParse("paypal", out PaymentMethod method) && method == PaymentMethod.PayPal);
        Assert.False(WireNames.TryParse("SSD", out DiskKind _));
        Assert.False(WireNames.TryParse("1", out DiskInterface _));
        Assert.False(WireNames.TryParse("", out PaymentMethod _));
    }

    [Theory]
    [InlineData(true, null, true)]
    [InlineData(true, 10, true)]
    [InlineData(true, 0, false)]
    [InlineData(true, -1, false)]
    [InlineData(false, null, false)]
    public void On_sale(bool enabled, int? secondsLeft, bool open)
    {
        var now = Instant.Utc(2025, 1, 1);
        Assert.Equal(open, Sale.IsOpen(enabled, secondsLeft is { } s ? now.PlusSeconds(s) : null, now));
    }
}
