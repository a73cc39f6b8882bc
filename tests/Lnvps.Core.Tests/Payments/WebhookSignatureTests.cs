using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Lnvps.Core.Payments;

namespace Lnvps.Core.Tests.Payments;

using Lnvps.Core.Money;

/// <summary>billing.md sections 14 and 24.8.</summary>
public class WebhookSignatureTests
{
    const string Secret = "wsk_test_secret";
    const string Sent = "1683650202360";
    const string Hex = "478df3c2a941671a5cf4a7493cac58c83bf795b53bdd88a4f4bd75400542bd53";

    static readonly byte[] Body = """{"event":"ORDER_COMPLETED","order_id":"9fc01989-3f61-4484-a5d9-ffe768531be9"}"""u8.ToArray();

    [Fact]
    public void H1_the_published_example() => Assert.Equal(Hex, WebhookSignature.Compute(Secret, "v1", Sent, Body));

    [Theory]
    [InlineData("v1=" + Hex)]
    [InlineData("v1=00,v1=" + Hex)]
    [InlineData(" v1=" + Hex + " , v1=11")]
    [InlineData("v1=478DF3C2A941671A5CF4A7493CAC58C83BF795B53BDD88A4F4BD75400542BD53")]
    public void Any_entry_may_be_the_right_one(string header) => Assert.True(WebhookSignature.Matches(Secret, header, Sent, Body));

    [Theory]
    [InlineData("")]
    [InlineData(",,,==,=")]
    [InlineData(Hex)]
    [InlineData("v1=")]
    [InlineData("v2=" + Hex)]
    [InlineData("v1=" + Hex + "0")]
    [InlineData("v1=\ud800\u0000é")]
    [InlineData("\ud800=" + Hex)]
    public void Anything_else_is_wrong(string header) => Assert.False(WebhookSignature.Matches(Secret, header, Sent, Body));

    [Fact]
    public void Every_part_is_signed()
    {
        const string Header = "v1=" + Hex;
        Assert.False(WebhookSignature.Matches(Secret + "x", Header, Sent, Body));
        Assert.False(WebhookSignature.Matches(Secret, Header, "1683650202361", Body));
        Assert.False(WebhookSignature.Matches(Secret, Header, Sent, [.. Body, (byte)' ']));
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(300_000, true)]
    [InlineData(-300_000, true)]
    [InlineData(300_001, false)]
    [InlineData(-300_001, false)]
    public void The_window_is_five_minutes_to_both_sides(long off, bool isFresh) =>
        Assert.Equal(isFresh, WebhookSignature.IsFresh($"{1_683_650_202_360 + off}", DateTimeOffset.FromUnixTimeMilliseconds(1_683_650_202_360)));

    [Theory]
    [InlineData("")]
    [InlineData("-1")]
    [InlineData("1.5")]
    [InlineData("9223372036854775807")]
    [InlineData("99999999999999999999999")]
    [InlineData("٣")]
    public void Other_texts_are_no_time(string text) => Assert.False(WebhookSignature.IsFresh(text, DateTimeOffset.UnixEpoch));

    [Fact]
    public void Nothing_crashes_it() =>
        Prop.ForAll<string, string, byte[]>((header, sent, body) => !WebhookSignature.Matches(Secret, header ?? "", sent ?? "", body ?? [])).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(150_050, Currency.JPY, 1_501)] // C10
    [InlineData(150_000, Currency.JPY, 1_500)]
    [InlineData(1, Currency.JPY, 1)]
    [InlineData(0, Currency.JPY, 0)]
    [InlineData(1_262, Currency.EUR, 1_262)]
    [InlineData(ulong.MaxValue, Currency.JPY, 184_467_440_737_095_517)]
    public void C10_yen_have_no_decimals_at_the_provider(ulong amount, Currency currency, ulong sent) => Assert.Equal(sent, IsoAmount.Of(new Money(amount, currency)));
}
