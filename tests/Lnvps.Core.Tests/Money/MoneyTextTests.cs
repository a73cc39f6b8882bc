namespace Lnvps.Core.Tests.Money;

using Lnvps.Core.Money;
using static Lnvps.Core.Tests.Samples.Some;

/// <summary>billing.md sections 1 and 24.8.</summary>
public class MoneyTextTests
{
    [Theory]
    [InlineData(1_623_600, "BTC 0.00001624")] // B2
    [InlineData(1_000, "BTC 0.00000001")]
    [InlineData(1_499, "BTC 0.00000001")]
    [InlineData(1_500, "BTC 0.00000002")]
    [InlineData(0, "BTC 0.00000000")]
    [InlineData(123_456_789_012_345, "BTC 1234.56789012")]
    [InlineData(ulong.MaxValue, "BTC 184467440.73709552")]
    public void Bitcoin_has_eight_decimals(ulong msat, string text) => Assert.Equal(text, Btc(msat).ToText());

    [Theory]
    [InlineData(14_915, "EUR 149.15")] // B3
    [InlineData(1_262, "EUR 12.62")]
    [InlineData(5, "EUR 0.05")]
    [InlineData(16_777_217, "EUR 167772.17")]
    [InlineData(ulong.MaxValue, "EUR 184467440737095516.15")]
    public void Others_have_two(ulong cents, string text) => Assert.Equal(text, Eur(cents).ToText());

    [Fact]
    public void Yen_have_two_as_well() => Assert.Equal("JPY 1500.00", new Money(150_000, Currency.JPY).ToText());

    [Theory]
    [InlineData(2.9f, "2.9")]
    [InlineData(23f, "23")]
    [InlineData(0.1f, "0.1")]
    [InlineData(5.5f, "5.5")]
    [InlineData(1e-7f, "0.0000001")]
    public void A_percentage_is_the_shortest_decimal_of_its_float(float column, string expected)
    {
        Assert.True(Percent.TryFrom(column, out var percent));
        Assert.Equal(decimal.Parse(expected), percent.Value);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.MaxValue)]
    public void Not_every_float_is_a_percentage(float column) => Assert.False(Percent.TryFrom(column, out _));
}
