namespace Lnvps.Core.Vms;

/// <summary>What was read from a machine at one moment. Counters are bytes since it started.</summary>
/// <param name="At">Seconds since 1970, real time.</param>
/// <param name="Cpu">0…1 of all its cores.</param>
/// <param name="Memory">0…1 of its memory.</param>
public readonly record struct UsageSample(long At, double Cpu, double Memory, ulong NetIn, ulong NetOut, ulong DiskWrite, ulong DiskRead);

/// <summary>A point of the usage series (provisioning.md section 20.3): shares as they were, traffic in bytes per second since the point before.</summary>
public readonly record struct UsagePoint(long At, double Cpu, double Memory, double NetIn, double NetOut, double DiskWrite, double DiskRead)
{
    /// <summary>Points from samples in the order of time. The first has no rates, nor has one whose counters began anew.</summary>
    public static IReadOnlyList<UsagePoint> Of(IReadOnlyList<UsageSample> samples)
    {
        var points = new List<UsagePoint>(samples.Count);
        for (var i = 0; i < samples.Count; i++)
            points.Add(Of(samples[i], i == 0 ? samples[i] : samples[i - 1]));
        return points;
    }

    static UsagePoint Of(UsageSample now, UsageSample before)
    {
        var seconds = now.At - before.At;
        double Rate(ulong count, ulong earlier) => seconds > 0 && count >= earlier ? (double)(count - earlier) / seconds : 0;
        return new UsagePoint(now.At, now.Cpu, now.Memory, Rate(now.NetIn, before.NetIn), Rate(now.NetOut, before.NetOut),
            Rate(now.DiskWrite, before.DiskWrite), Rate(now.DiskRead, before.DiskRead));
    }
}
