using System.Reflection;

namespace Lnvps.Health.Tests.Architecture;

public class DependencyDirectionTests
{
    [Fact]
    public void The_monitor_knows_nothing_of_databases_hosts_and_money() => Assert.Equal(
        ["Lnvps.Core", "Lnvps.Platform"],
        Assembly.Load("lnvps_health").GetReferencedAssemblies().Select(name => name.Name!).Where(name => name.StartsWith("Lnvps", StringComparison.OrdinalIgnoreCase)).Order(StringComparer.Ordinal));
}
