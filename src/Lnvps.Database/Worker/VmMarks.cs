using Lnvps.Core.Identity;
using Lnvps.Core.Time;
using Lnvps.Database.Sessions;

namespace Lnvps.Database.Worker;

/// <summary>What happens once for a VM and one value of its expiry; stored as ordinal.</summary>
public enum VmMark : ushort
{
    /// <summary>Its owner was told that it expires soon.</summary>
    ExpiringSoon = 1,
    /// <summary>Its expiry was recorded and its owner told.</summary>
    Expired = 2,
}

/// <summary>Marks of VMs (table <c>vm_mark</c>): the database decides who may do what is done once.</summary>
public static class VmMarks
{
    /// <summary>Sets a mark in the transaction of what it stands for. The caller holds the VM's row and has seen that the mark is not set.</summary>
    public static Task SetVmMark(this Session session, VmId vm, VmMark kind, Instant expires, Instant at, CancellationToken stop) =>
        session.Execute("INSERT INTO vm_mark (vm_id, kind, expires, at) VALUES (@vm, @kind, @expires, @at)", new { vm, kind, expires, at }, stop);
}
