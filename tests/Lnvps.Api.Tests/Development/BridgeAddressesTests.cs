using Lnvps.Api.Development;
using Lnvps.Platform.Configuration;

namespace Lnvps.Api.Tests.Development;

public class BridgeAddressesTests
{
    [Fact]
    public void An_interface_shows_its_addresses_with_their_length() => Assert.Contains("127.0.0.1/8", BridgeAddresses.Of("lo"));

    [Fact]
    public void What_does_not_exist_is_named_with_the_remedy()
    {
        var error = Assert.Throws<SettingsException>(() => BridgeAddresses.Of("nobridge0"));

        Assert.Contains("nobridge0", error.Message, StringComparison.Ordinal);
        Assert.Contains("scripts/bridge-up", error.Message, StringComparison.Ordinal);
    }
}
