using Lnvps.Health.Alerts;
using Lnvps.Health.Checks;

namespace Lnvps.Health.Tests.Alerts;

public class AlertTextTests
{
    [Fact]
    public void A_failure_with_and_without_details()
    {
        Assert.Equal(("[Health Alert] web (v4)", "Health check FAILED: web (v4)\n\nbad\n"), AlertText.Of(AlertDeed.Alert, SomeCheck.Ran("web", SomeCheck.Failed())));
        Assert.Equal("Health check FAILED: web (v4)\n\nbad\n\nDetails:\none\ntwo\n", AlertText.Of(AlertDeed.Alert, SomeCheck.Ran("web", SomeCheck.Failed("one\ntwo"))).Body);
    }

    [Fact]
    public void An_error_has_the_name_of_the_check_too() => Assert.Equal(
        ("[Health Alert] web (v4)", "Health check ERROR: web (v4)\n\nError: no route\n"),
        AlertText.Of(AlertDeed.Alert, SomeCheck.Ran("web", CheckResult.Error("no route"))));

    [Fact]
    public void A_recovery() => Assert.Equal(
        ("[Health Recovery] web (v4)", "Health check RECOVERED: web (v4)\n\nfine\n"),
        AlertText.Of(AlertDeed.Recovery, SomeCheck.Ran("web", SomeCheck.Passed())));
}
