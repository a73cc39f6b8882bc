using Lnvps.Core.Accounts;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Vms;

namespace Lnvps.Core.Tests.Accounts;

/// <summary>customer-api.md section 6.2, billing.md sections 6 and 20.</summary>
public class AccountTests
{
    [Theory]
    [InlineData("IE", "IRL")]
    [InlineData("GR", "GRC")]
    [InlineData("US", "USA")]
    [InlineData("DE", "DEU")]
    [InlineData("XK", null)]
    [InlineData("EL", null)]
    public void Countries(string alpha2, string? alpha3) =>
        Assert.Equal(alpha3, Country.TryParse(alpha2, out var country) ? country.Alpha3 : null);

    [Fact]
    public void All_249_and_each_by_both_codes()
    {
        var all = Country.All.ToList();
        Assert.Equal(249, all.Count);
        Assert.All(all, country =>
        {
            Assert.Equal((2, 3), (country.Alpha2.Length, country.Alpha3.Length));
            Assert.True(Country.TryParse(country.Alpha2.ToLowerInvariant(), out var a) && a == country);
            Assert.True(Country.TryParse(country.Alpha3.ToLowerInvariant(), out var b) && b == country);
        });
        string[] europeanUnion = [.. "AUT BEL BGR HRV CYP CZE DNK EST FIN FRA DEU GRC HUN IRL ITA LVA LTU LUX MLT NLD POL PRT ROU SVK SVN ESP SWE".Split(' ')];
        Assert.All(europeanUnion, code => Assert.Contains(all, country => country.Alpha3 == code));
    }

    [Theory]
    [InlineData(null, null, true)]
    [InlineData("", null, true)]
    [InlineData("  ", null, true)]
    [InlineData("irl", "IRL", true)]
    [InlineData(" ie ", "IRL", true)]
    [InlineData("XXX", null, false)]
    public void Country_codes(string? given, string? stored, bool ok) => Check(AccountFields.CountryCode(given), stored, ok);

    [Theory]
    [InlineData(null, null, true)]
    [InlineData("", null, true)]
    [InlineData(" a@b.c ", "a@b.c", true)]
    [InlineData("a@b", null, false)]
    [InlineData("a.b", null, false)]
    [InlineData("a@b.c\nBcc: x", null, false)]
    public void Email(string? given, string? stored, bool ok) => Check(AccountFields.Email(given), stored, ok);

    [Fact]
    public void Lengths_count_characters_of_the_trimmed_text()
    {
        Check(AccountFields.Text("city", " Dublin ", AccountFields.Line), "Dublin", ok: true);
        Check(AccountFields.Text("city", "", AccountFields.Line), stored: null, ok: true);
        var smileys = string.Concat(Enumerable.Repeat("😀", 100));
        Check(AccountFields.Text("city", smileys, AccountFields.Line), smileys, ok: true);
        Assert.Equal("city must be at most 100 characters", AccountFields.Text("city", smileys + "x", AccountFields.Line).Refusal!.Message);
    }

    [Theory]
    [InlineData(null, null, true)]
    [InlineData(" ", null, true)]
    [InlineData("ABC123", "ABC123", true)]
    [InlineData("12345678901234567890", "12345678901234567890", true)]
    [InlineData("123456789012345678901", null, false)]
    public void Referral_codes(string? given, string? stored, bool ok) => Check(ReferralCode.Check(given), stored, ok);

    static void Check(Result<string?> result, string? stored, bool ok)
    {
        Assert.Equal(ok, result.IsOk);
        if (ok)
            Assert.Equal(stored, result.Value);
        else
            Assert.Equal(RefusalKind.Invalid, result.Refusal!.Kind);
    }
}
