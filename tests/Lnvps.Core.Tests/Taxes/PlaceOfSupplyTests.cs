using FsCheck;
using FsCheck.Fluent;
using Lnvps.Core.Accounts;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Taxes;

namespace Lnvps.Core.Tests.Taxes;

using Lnvps.Core.Money;
using static Lnvps.Core.Tests.Samples.Some;

/// <summary>billing.md section 6.4 and examples E1–E4.</summary>
public class PlaceOfSupplyTests
{
    static readonly TaxSeller Irish = new(TaxId: null, "IRL");

    static readonly EuVatRates Rates = new(new Dictionary<string, decimal> { ["IE"] = 23, ["DE"] = 19, ["EL"] = 24, ["FR"] = 20 });

    static TaxDecision Decide(TaxSeller seller, string? declared = null, string? vat = null, string? ip = null) =>
        PlaceOfSupply.Decide(seller, new TaxEvidence(declared, ip, vat), Rates).Value;

    [Theory]
    [InlineData("DEU", null, 190, TaxTreatment.OssB2c, "DEU")] // E1
    [InlineData("DEU", "DE123456789", 0, TaxTreatment.ReverseCharge, "DEU")] // E2
    [InlineData("DEU", "IE1234567T", 230, TaxTreatment.Domestic, "IRL")] // E3
    [InlineData("USA", null, 0, TaxTreatment.OutOfScope, "USA")] // E4
    [InlineData(null, null, 230, TaxTreatment.UndeterminedDefault, "IRL")]
    public void The_examples_of_an_Irish_seller(string? country, string? vat, ulong tax, TaxTreatment treatment, string at)
    {
        var decision = Decide(Irish, country, vat);
        Assert.Equal((Eur(tax), treatment, at), (Tax.On(Eur(1_000), decision.Rate), decision.Treatment, decision.Country));
        Assert.Equal(new TaxEvidence(country, IpCountry: null, vat), decision.Evidence);
    }

    [Theory]
    [InlineData("EL 123.456-789", "DEU", TaxTreatment.ReverseCharge, "GRC")]
    [InlineData("XI123456789", "IRL", TaxTreatment.OutOfScope, "GBR")]
    [InlineData("CHE-123.456.788", "IRL", TaxTreatment.OutOfScope, "CHE")]
    [InlineData("ZZ123", "IRL", TaxTreatment.Domestic, "IRL")]
    [InlineData("12345", "FRA", TaxTreatment.OssB2c, "FRA")]
    public void The_letters_of_a_number_go_before_the_declared_country(string vat, string declared, TaxTreatment treatment, string at)
    {
        var decision = Decide(Irish, declared, vat);
        Assert.Equal((treatment, at), (decision.Treatment, decision.Country));
    }

    [Fact]
    public void The_address_decides_only_without_a_declared_country()
    {
        Assert.Equal(("DEU", TaxTreatment.OssB2c), (Decide(Irish, ip: "DEU").Country, Decide(Irish, ip: "DEU").Treatment));
        Assert.Equal("FRA", Decide(Irish, declared: "FRA", ip: "DEU").Country);
        Assert.Equal("DEU", Decide(Irish, declared: "???", ip: "DEU").Country);
    }

    [Theory]
    [InlineData("IE6388047V", "USA", TaxTreatment.Domestic)] // the seller's number goes before its country
    [InlineData("EL123456789", "USA", TaxTreatment.OssB2c)]
    [InlineData("12-3456789", "IRL", TaxTreatment.Domestic)] // no letters: the country
    [InlineData("GB123456789", "IRL", TaxTreatment.OutOfScope)]
    [InlineData(null, "USA", TaxTreatment.OutOfScope)]
    [InlineData(null, null, TaxTreatment.OutOfScope)]
    [InlineData("", "ie", TaxTreatment.Domestic)]
    public void The_seller_is_where_its_number_says(string? taxId, string? country, TaxTreatment treatment) =>
        Assert.Equal(treatment, Decide(new TaxSeller(taxId, country), "IRL").Treatment);

    [Fact]
    public void Nothing_is_sold_at_0_percent_for_lack_of_rates()
    {
        Assert.Equal(RefusalKind.Unavailable, PlaceOfSupply.Decide(Irish, TaxEvidence.None, rates: null).Refusal!.Kind);
        Assert.Equal(RefusalKind.Unavailable, PlaceOfSupply.Decide(Irish, new("ESP", IpCountry: null, VatNumber: null), Rates).Refusal!.Kind);
        Assert.Equal(TaxTreatment.ReverseCharge, PlaceOfSupply.Decide(Irish, new("ESP", IpCountry: null, "ESX1234567X"), rates: null).Value.Treatment);
        Assert.Equal(TaxTreatment.OutOfScope, PlaceOfSupply.Decide(Irish, new("USA", IpCountry: null, VatNumber: null), rates: null).Value.Treatment);
    }

    [Fact]
    public void Rates_of_strangers_are_left_out()
    {
        var rates = new EuVatRates(new Dictionary<string, decimal> { ["UK"] = 20, ["GB"] = 20, ["XX"] = 1, ["EL"] = 24, ["GR"] = 24, ["fr"] = 20, ["DE"] = 119, ["IE"] = -1, ["DEU"] = 19 });
        Assert.Equal(2, rates.Count);
        Assert.Equal(new Percent(24), rates.Of(Country.TryParse("GRC", out var greece) ? greece : default).Value);
    }

    [Fact]
    public void There_are_27_members_and_Greece_is_EL()
    {
        var members = Country.All.Where(EuropeanUnion.Has).ToList();
        Assert.Equal(27, members.Count);
        Assert.All(members, member => Assert.True(EuropeanUnion.TryParse(EuropeanUnion.CodeOf(member), out var back) && back == member));
        Assert.Equal("EL", EuropeanUnion.CodeOf(members.Single(member => member.Alpha3 == "GRC")));
    }

    /// <summary>Tax is charged exactly for the treatments that charge it, and only in the EU.</summary>
    [Fact]
    public void A_rate_above_zero_belongs_to_a_member_state()
    {
        string?[] places = [null, "IRL", "DEU", "GRC", "FRA", "USA", "GBR", "CHE", "nonsense", ""];
        string?[] numbers = [null, "", "DE1", "EL1", "IE1", "XI1", "US1", "ZZ1", "1", "é1", "D"];
        var all = from seller in places
                  from sellerNumber in numbers
                  from declared in places
                  from ip in places
                  from number in numbers
                  select PlaceOfSupply.Decide(new TaxSeller(sellerNumber, seller), new TaxEvidence(declared, ip, number), Rates);
        foreach (var decision in all)
        {
            Assert.True(decision.IsOk);
            var isTaxed = decision.Value.Treatment is TaxTreatment.Domestic or TaxTreatment.OssB2c or TaxTreatment.UndeterminedDefault;
            Assert.Equal(isTaxed, decision.Value.Rate.Value > 0);
            Assert.True(!isTaxed || (Country.TryParse(decision.Value.Country!, out var at) && EuropeanUnion.Has(at)));
        }
    }
}

/// <summary>billing.md section 6.3, steps 1 and 2.</summary>
public class VatNumberTests
{
    [Theory]
    [InlineData("DE 123 456 789", "DE", "123456789")]
    [InlineData("de.123-456.789", "DE", "123456789")]
    [InlineData("\tIE\u00a06388047V\n", "IE", "6388047V")]
    [InlineData("DE1", "DE", "1")]
    [InlineData("DE🦊", "DE", "🦊")]
    public void Numbers_are_read_as_people_write_them(string text, string prefix, string digits)
    {
        Assert.True(VatNumber.TryParse(text, out var number));
        Assert.Equal((prefix, digits), (number.Prefix, number.Digits));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("DE")]
    [InlineData("D-E-.")]
    [InlineData("D1E")]
    [InlineData("1DE")]
    [InlineData("Дю123")]
    [InlineData("ß€123")]
    [InlineData("🦊🦊🦊")]
    [InlineData("éé1")]
    [InlineData("\uff24\uff25123")] // full-width letters are not ASCII
    public void Anything_else_is_no_number(string? text) => Assert.False(VatNumber.TryParse(text, out _));

    [Fact]
    public void No_text_crashes_the_reading() =>
        Prop.ForAll<string>(text => VatNumber.TryParse(text, out var number) == (number.Prefix is not null)).QuickCheckThrowOnFailure();
}
