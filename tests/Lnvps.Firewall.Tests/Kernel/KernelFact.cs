namespace Lnvps.Firewall.Tests.Kernel;

/// <summary>A test that loads programs into the kernel: only root can.</summary>
sealed class KernelFactAttribute : FactAttribute
{
    public KernelFactAttribute() => Skip = Environment.IsPrivilegedProcess ? null : "Needs root";
}

/// <summary>Like <see cref="KernelFactAttribute"/>, with cases.</summary>
sealed class KernelTheoryAttribute : TheoryAttribute
{
    public KernelTheoryAttribute() => Skip = Environment.IsPrivilegedProcess ? null : "Needs root";
}

/// <summary>Tests with namespaces, processes and timings run one after the other.</summary>
[CollectionDefinition("Network")]
public sealed class NetworkCollection;
