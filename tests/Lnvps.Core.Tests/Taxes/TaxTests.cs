using FsCheck;
using FsCheck.Fluent;
using Lnvps.Core.Taxes;

namespace Lnvps.Core.Tests.Taxes;

using Lnvps.Core.Money;
using static Lnvps.Core.Tests.Samples.Some;

/// <summary>billing.md sections 6.1 and 24.4.</summary>
public class TaxTests
{
    [Theory]
    [InlineData(1_320_000, "23", 303_600)] // T1
    [InlineData(999, "23", 229)] // T2
    [InlineData(1_234, "5.5", 67)] // T3
    [InlineData(4, "23", 0)] // T4
    [InlineData(5, "23", 1)]
    public void Tax_is_cut_to_whole_units(ulong net, string rate, ulong tax) => Assert.Equal(Eur(tax), Tax.On(Eur(net), new Percent(decimal.Parse(rate))));

    [Fact]
    public void The_table_is_asked_with_the_stored_alpha3_code()
    {
        var table = new TaxTable(new Dictionary<string, Percent>(StringComparer.Ordinal) { ["IE"] = new(23), ["de"] = new(19) });
        Assert.Equal(new Percent(23), table.RateFor("IRL"));
        Assert.Equal(new Percent(19), table.RateFor("DEU"));
        Assert.Equal(Percent.Zero, table.RateFor("USA"));
        Assert.Equal(Percent.Zero, table.RateFor("XXX"));
        Assert.Equal(Percent.Zero, table.RateFor(alpha3: null));
        Assert.Equal(Percent.Zero, TaxTable.Empty.RateFor("IRL"));
    }

    [Fact]
    public void Taken_out_parts_add_up_and_the_net_bears_the_tax() =>
        Prop.ForAll(Amounts(1_000_000_000_000).ToArbitrary(), Percents().ToArbitrary(), (gross, rate) =>
        {
            var (net, tax) = Tax.TakenOutOf(Btc(gross), rate);
            return net.Amount + tax.Amount == gross
                && net.Amount * (1 + rate.Value / 100) <= gross
                && (net.Amount + 1) * (1 + rate.Value / 100) > gross;
        }).QuickCheckThrowOnFailure();
}
