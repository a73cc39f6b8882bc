using Lnvps.Core.Identity;
using Lnvps.Core.Sizes;
using Lnvps.Database.Sessions;

namespace Lnvps.Database.Vms;

/// <summary>How large a machine may be on its host, where that is less than its VM is sold in.</summary>
public sealed record MachineSizeRow
{
    public VmId VmId { get; init; }
    public ushort Cpu { get; init; }
    public Bytes Memory { get; init; }
    public Bytes DiskSize { get; init; }
}

/// <summary>Queries of machines that wait for an upgrade. Whoever writes has locked the VM's row.</summary>
public static class MachineSizes
{
    /// <summary>Null = the size that the VM is sold in.</summary>
    public static Task<MachineSizeRow?> FindMachineSize(this Session session, VmId vm, CancellationToken stop) =>
        session.Find<MachineSizeRow>("SELECT vm_id, cpu, memory, disk_size FROM vm_machine_size WHERE vm_id = @vm", new { vm }, stop);

    /// <summary>Notes the size that a machine has before its VM is sold in a larger one; what an earlier upgrade noted stays.</summary>
    public static Task KeepMachineSize(this Session session, MachineSizeRow size, CancellationToken stop) =>
        session.Execute(session.Dialect.InsertOrKeep("vm_machine_size", "vm_id, cpu, memory, disk_size", "@VmId, @Cpu, @Memory, @DiskSize", "vm_id"), size, stop);

    public static Task SetMachineSize(this Session session, MachineSizeRow size, CancellationToken stop) =>
        session.Execute("UPDATE vm_machine_size SET cpu = @Cpu, memory = @Memory, disk_size = @DiskSize WHERE vm_id = @VmId", size, stop);

    /// <summary>From now on the machine may be as large as it is sold.</summary>
    public static Task RemoveMachineSize(this Session session, VmId vm, CancellationToken stop) =>
        session.Execute("DELETE FROM vm_machine_size WHERE vm_id = @vm", new { vm }, stop);
}
