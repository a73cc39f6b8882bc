using Lnvps.Core.Capacity;

namespace Lnvps.Core.Vms;

/// <summary>What to do about a finished VM that its host does not have (provisioning.md section 17.6).</summary>
public enum MissingVmVerdict
{
    /// <summary>It was moved: correct the stored host and disk.</summary>
    Moved,

    /// <summary>All hosts answered and none has it: rebuild, and tell the operators.</summary>
    Lost,

    /// <summary>Some host did not answer, or several have it: touch nothing, alert the operators.</summary>
    Unclear,
}

public static class MissingVm
{
    /// <param name="found">Every place where the VM was found.</param>
    /// <param name="allAnswered">Every host of the region answered completely.</param>
    public static MissingVmVerdict Conclude(IReadOnlyCollection<Placement> found, bool allAnswered) => found.Count switch
    {
        1 => MissingVmVerdict.Moved,
        0 when allAnswered => MissingVmVerdict.Lost,
        _ => MissingVmVerdict.Unclear,
    };
}
