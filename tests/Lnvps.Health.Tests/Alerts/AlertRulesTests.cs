using Lnvps.Health.Alerts;

namespace Lnvps.Health.Tests.Alerts;

public class AlertRulesTests
{
    /// <summary>Runs at these seconds with a cool-down of 100 s: f fails, p passes; in capitals when nobody can be reached.</summary>
    [Theory]
    [InlineData("f0 f50 f99 f100 f150 f200", "Alert CoolingDown CoolingDown Alert CoolingDown Alert")]
    [InlineData("f0 f50 p60 f61", "Alert CoolingDown Recovery Alert")]
    [InlineData("p0 p1 f2 p3 p4", "Nothing Nothing Alert Recovery Nothing")]
    [InlineData("F0 F1 f2 f3", "Alert Alert Alert CoolingDown")]
    [InlineData("F0 p1", "Alert Nothing")]
    [InlineData("f0 P1 p2 p3", "Alert Recovery Recovery Nothing")]
    [InlineData("f0 P1 f2 p3", "Alert Recovery Alert Recovery")]
    [InlineData("f0 F100 f101", "Alert Alert Alert")]
    public void Deeds_of_a_sequence(string runs, string deeds)
    {
        var state = default(AlertState);
        var done = new List<AlertDeed>();
        foreach (var run in runs.Split(' '))
        {
            var now = TimeSpan.FromSeconds(int.Parse(run.AsSpan(1), System.Globalization.CultureInfo.InvariantCulture));
            var deed = AlertRules.Decide(state, run[0] is 'p' or 'P', now, TimeSpan.FromSeconds(100));
            state = AlertRules.After(state, deed, now, told: char.IsAsciiLetterLower(run[0]));
            done.Add(deed);
        }
        Assert.Equal(deeds, string.Join(' ', done));
    }
}
