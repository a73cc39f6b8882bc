using Lnvps.Health.Checks;
using Lnvps.Health.Mss;

namespace Lnvps.Health.Tests.Mss;

public class MssRulesTests
{
    static CheckResult Judge(bool isV4, int? sendMss, bool timestamps, int? pathMtu, int expected) => MssRules.Judge(
        new MssSighting("shop.example port 443", "192.0.2.1:443", isV4 ? Family.V4 : Family.V6, expected, new ConnectionSizes(sendMss, timestamps, pathMtu)), []);

    /// <summary>The worked values of health.md section 2.4, and the edges between them.</summary>
    [Theory]
    [InlineData(true, 1448, true, 1500, 1460, 1460, 1460, "")]
    [InlineData(true, 1460, false, 1500, 1460, 1460, 1460, "")]
    [InlineData(false, 1428, true, 1500, 1440, 1440, 1440, "")]
    [InlineData(true, 1380, true, 1500, 1460, 1392, 1460, "too low")]
    [InlineData(true, 1448, true, 1420, 1400, 1460, 1380, "larger than the path allows")]
    [InlineData(true, 1368, true, null, 1380, 1380, null, "")]
    [InlineData(true, 1447, true, 1500, 1460, 1459, 1460, "too low")]
    [InlineData(true, 1461, false, 1500, 1460, 1461, 1460, "larger than the path allows")]
    [InlineData(false, 1441, false, 1500, 1440, 1441, 1440, "larger than the path allows")]
    [InlineData(true, 65483, true, 65536, 1460, 65495, 65496, "")]
    [InlineData(true, 10, false, 20, 0, 10, 0, "larger than the path allows")]
    public void Worked_values(bool isV4, int sendMss, bool timestamps, int? pathMtu, int expected, int mss, int? fitting, string trouble)
    {
        Assert.Equal(mss, new ConnectionSizes(sendMss, timestamps, pathMtu).Mss);
        Assert.Equal(fitting, MssRules.LargestSegment(isV4 ? Family.V4 : Family.V6, pathMtu));

        var result = Judge(isV4, sendMss, timestamps, pathMtu, expected);
        Assert.Equal(trouble.Length == 0 ? CheckState.Passed : CheckState.Failed, result.State);
        Assert.Contains(trouble, result.Message, StringComparison.Ordinal);
        Assert.Contains($"MSS {mss} bytes, expected {expected} bytes", result.Message, StringComparison.Ordinal);
        Assert.Contains("192.0.2.1:443", result.Message, StringComparison.Ordinal);
        Assert.Equal(pathMtu is not null, result.Message.Contains($"path MTU {pathMtu} bytes", StringComparison.Ordinal));
        Assert.Equal(trouble.Length == 0, result.Details is null);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Without_an_MSS_the_check_fails_whatever_is_expected(bool timestamps)
    {
        var result = Judge(true, null, timestamps, 1500, 0);
        Assert.Equal((CheckState.Failed, null), (result.State, result.Details));
        Assert.Contains("MSS is not known", result.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Details_name_what_was_seen()
    {
        Assert.Equal(
            "Target: shop.example port 443\nAddress: 192.0.2.1:443\nMSS: 1460 bytes, expected at least 1400 bytes\nPath MTU: 1420 bytes\nLargest segment that fits the path: 1380 bytes\n" +
            "Full segments are fragmented or lost: connections open and then hang.",
            Judge(true, 1448, true, 1420, 1400).Details);
        Assert.Contains("Path MTU: unknown\n", Judge(true, 1000, true, null, 1400).Details, StringComparison.Ordinal);
    }
}
