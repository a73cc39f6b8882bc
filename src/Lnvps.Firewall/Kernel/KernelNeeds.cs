using System.Text.RegularExpressions;

namespace Lnvps.Firewall.Kernel;

/// <summary>What must be there before anything is loaded (firewall.md section 5.2). Locked memory needs no raising: kernels that are new enough account it otherwise.</summary>
static partial class KernelNeeds
{
    static readonly Version Oldest = new(5, 18);
    const int NetAdmin = 12, Perfmon = 38, Bpf = 39, SysAdmin = 21;

    /// <summary>The release of the running kernel.</summary>
    public static string Release() => File.ReadAllText("/proc/sys/kernel/osrelease").Trim();

    /// <summary>What is wrong with it, or null.</summary>
    public static string? WrongKernel(string release)
    {
        var match = Numbers().Match(release);
        var version = match.Success ? new Version(int.Parse(match.Groups["major"].ValueSpan), int.Parse(match.Groups["minor"].ValueSpan)) : null;
        return version is null || version >= Oldest ? null : $"This kernel is {release}; {Oldest} or newer is needed (XDP programs for packets in several buffers)";
    }

    /// <summary>What rights are missing, in words, or null. <paramref name="status"/> is the text of /proc/self/status.</summary>
    public static string? MissingRights(string status)
    {
        var line = status.Split('\n').FirstOrDefault(line => line.StartsWith("CapEff:", StringComparison.Ordinal));
        if (line is null)
            return null;
        var held = Convert.ToUInt64(line["CapEff:".Length..].Trim(), 16);
        bool Has(int capability) => (held >> capability & 1) != 0;
        string[] missing = [.. new[] { (NetAdmin, "CAP_NET_ADMIN"), (Bpf, "CAP_BPF"), (Perfmon, "CAP_PERFMON") }
            .Where(needed => !Has(needed.Item1) && !(needed.Item1 != NetAdmin && Has(SysAdmin)))
            .Select(needed => needed.Item2)];
        return missing.Length == 0 ? null : $"Loading a kernel program needs {string.Join(", ", missing)}: run as root, or give the unit AmbientCapabilities=CAP_BPF CAP_NET_ADMIN CAP_PERFMON";
    }

    [GeneratedRegex(@"^(?<major>\d+)\.(?<minor>\d+)", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Numbers();
}
