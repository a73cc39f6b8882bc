using System.Net;
using Lnvps.Health.Checks;
using Lnvps.Health.Dns;

namespace Lnvps.Health.Tests.Dns;

public class DnsRulesTests
{
    static readonly DnsAnswer s_silence = DnsAnswer.Failed("no answer in time");

    static DnsAnswer Answer(int milliseconds, params string[] addresses) => DnsAnswer.Of(Addresses(addresses), TimeSpan.FromMilliseconds(milliseconds));

    static List<IPAddress> Addresses(params string[] texts) => [.. texts.Select(IPAddress.Parse)];

    [Theory]
    [InlineData("192.0.2.1", "2001:db8::1", "", true)]
    [InlineData("192.0.2.1", "2001:db8::1", "2001:db8:0::1", true)]
    [InlineData("192.0.2.1 192.0.2.2", "", "192.0.2.2", true)]
    [InlineData("", "2001:db8::1", "", true)]
    [InlineData("", "", "", false)]
    [InlineData("192.0.2.1", "", "192.0.2.2", false)]
    [InlineData("192.0.2.1", "", "192.0.2.1 2001:db8::1", false)]
    // Silence about one type is bearable unless that type is expected.
    [InlineData("?", "2001:db8::1", "", true)]
    [InlineData("?", "2001:db8::1", "2001:db8::1", true)]
    [InlineData("?", "2001:db8::1", "192.0.2.1", false)]
    [InlineData("192.0.2.1", "?", "", true)]
    [InlineData("192.0.2.1", "?", "192.0.2.1", true)]
    [InlineData("192.0.2.1", "?", "2001:db8::1", false)]
    [InlineData("", "?", "", false)]
    [InlineData("?", "?", "", false)]
    public void Every_expected_address_must_be_there_and_others_may(string v4, string v6, string expected, bool passes)
    {
        var (state, message) = DnsRules.Judge(Parse(v4), Parse(v6), Addresses(expected.Split(' ', StringSplitOptions.RemoveEmptyEntries)));
        Assert.Equal(passes ? CheckState.Passed : CheckState.Failed, state);
        Assert.NotEmpty(message);

        static DnsAnswer Parse(string text) => text == "?" ? s_silence : Answer(3, text.Split(' ', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public void A_wrong_address_is_shown_beside_the_expected_one() => Assert.Equal(
        "expected 192.0.2.9, the answer has 192.0.2.1, 2001:db8::1",
        DnsRules.Judge(Answer(1, "192.0.2.1"), Answer(1, "2001:db8::1"), Addresses("192.0.2.9")).Message);

    [Fact]
    public void The_latency_is_that_of_the_first_usable_answer()
    {
        Assert.Equal(TimeSpan.FromMilliseconds(2), DnsRules.LatencyOf(Answer(5), Answer(2)));
        Assert.Equal(TimeSpan.FromMilliseconds(5), DnsRules.LatencyOf(Answer(5), s_silence));
        Assert.Equal(TimeSpan.FromMilliseconds(2), DnsRules.LatencyOf(s_silence, Answer(2)));
        Assert.Null(DnsRules.LatencyOf(s_silence, s_silence));
    }
}
