using Lnvps.Firewall.Attaching;

namespace Lnvps.Firewall.Tests.Architecture;

public class DependencyDirectionTests
{
    [Fact]
    public void A_program_with_rights_over_the_network_knows_nothing_of_the_shop() => Assert.DoesNotContain(
        typeof(KernelProgram).Assembly.GetReferencedAssemblies(), name => name.Name!.StartsWith("lnvps", StringComparison.OrdinalIgnoreCase));
}
