using Lnvps.Firewall.Kernel;

namespace Lnvps.Firewall.Tests.Kernel;

public sealed class KernelNeedsTests
{
    [Theory]
    [InlineData("5.17.0-3-amd64", true)]
    [InlineData("4.19.0", true)]
    [InlineData("5.18.0", false)]
    [InlineData("6.1.0-56-cloud-amd64", false)]
    [InlineData("unheard of", false)]
    public void Kernels_before_5_18_are_refused(string release, bool refused) => Assert.Equal(refused, KernelNeeds.WrongKernel(release) is not null);

    [Theory]
    [InlineData("000001ffffffffff", null)]
    [InlineData("000000c000001000", null)]
    [InlineData("0000000000201000", null)]
    [InlineData("0000000000000000", "CAP_NET_ADMIN, CAP_BPF, CAP_PERFMON")]
    [InlineData("0000008000001000", "CAP_PERFMON")]
    public void Missing_rights_are_named(string held, string? missing)
    {
        var message = KernelNeeds.MissingRights($"Name:\tx\nCapEff:\t{held}\n");
        Assert.Equal(missing is null, message is null);
        if (missing is not null)
            Assert.Contains($"needs {missing}:", message, StringComparison.Ordinal);
    }

    [KernelFact]
    public void What_the_verifier_refuses_is_told_with_its_words()
    {
        var image = BpfObject.Embedded(typeof(KernelNeedsTests).Assembly, "baseline.bpf.o");
        // An ELF file that is none of BPF any more.
        image[18] = 0x3e;
        var error = Assert.Throws<KernelException>(() => new BpfObject(image));
        Assert.StartsWith("Opening the kernel program", error.Message, StringComparison.Ordinal);

        using var refused = new BpfObject(BpfObject.Embedded(typeof(KernelNeedsTests).Assembly, "refused.bpf.o"));
        error = Assert.Throws<KernelException>(refused.Load);
        Assert.Contains("invalid access to packet", error.Message, StringComparison.Ordinal);
        Assert.Contains(KernelNeeds.Release(), error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("Run as root", error.Message, StringComparison.Ordinal);
    }
}
