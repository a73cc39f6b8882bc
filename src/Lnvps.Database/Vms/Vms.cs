using Lnvps.Core.Identity;
using Lnvps.Core.Network;
using Lnvps.Core.Time;
using Lnvps.Core.Vms;
using Lnvps.Database.Sessions;

namespace Lnvps.Database.Vms;

/// <summary>A row of <c>vm</c>. "New" (never paid) means <see cref="Created"/> = <see cref="Expires"/>.</summary>
public sealed record VmRow
{
    public VmId Id { get; init; }
    public HostId HostId { get; init; }
    public UserId UserId { get; init; }
    public ImageId ImageId { get; init; }
    public TemplateId? TemplateId { get; init; }
    public SshKeyId SshKeyId { get; init; }
    public Instant Created { get; init; }
    public Instant Expires { get; init; }
    public DiskId DiskId { get; init; }
    public MacAddress MacAddress { get; init; }
    public bool Deleted { get; init; }
    public string? RefCode { get; init; }
    public CustomTemplateId? CustomTemplateId { get; init; }
    public bool AutoRenewalEnabled { get; init; }

    /// <summary>The rules' view of its dates.</summary>
    public VmTimes Times => new(Created, Expires, Deleted);

    /// <summary>What history remembers of it.</summary>
    public VmSnapshot Snapshot => new(Id, HostId, UserId, ImageId, TemplateId, CustomTemplateId, SshKeyId, Created, Expires, DiskId, MacAddress, RefCode);
}

/// <summary>Queries of virtual machines (data-model.md section 7.6).</summary>
public static class Vms
{
    const string Columns = """
        id, host_id, user_id, image_id, template_id, ssh_key_id, created, expires, disk_id, mac_address, deleted, ref_code, custom_template_id,
        auto_renewal_enabled
        """;

    /// <summary>One VM, deleted ones too: whoever acts on it checks the flag.</summary>
    public static Task<VmRow?> FindVm(this Session session, VmId id, CancellationToken stop) =>
        session.Find<VmRow>($"SELECT {Columns} FROM vm WHERE id = @id", new { id }, stop);

    /// <summary>One VM, its row locked until the transaction ends.</summary>
    public static Task<VmRow?> LockVm(this Session session, VmId id, CancellationToken stop) =>
        session.Find<VmRow>($"SELECT {Columns} FROM vm WHERE id = @id{session.Dialect.ForUpdate}", new { id }, stop);

    /// <summary>Inserts an order; the id of <paramref name="vm"/> is ignored, the new one returned.</summary>
    public static async Task<VmId> InsertVm(this Session session, VmRow vm, CancellationToken stop) =>
        new(await session.Insert("""
            INSERT INTO vm (host_id, user_id, image_id, template_id, ssh_key_id, created, expires, disk_id, mac_address, deleted, ref_code,
                            custom_template_id, auto_renewal_enabled)
            VALUES (@HostId, @UserId, @ImageId, @TemplateId, @SshKeyId, @Created, @Expires, @DiskId, @MacAddress, 0, @RefCode,
                    @CustomTemplateId, @AutoRenewalEnabled)
            """, vm, stop));

    /// <summary>Live VMs of one host.</summary>
    public static Task<List<VmRow>> ListVmsOnHost(this Session session, HostId host, CancellationToken stop) =>
        session.List<VmRow>($"SELECT {Columns} FROM vm WHERE host_id = @host AND deleted = 0 ORDER BY id", new { host }, stop);

    public static Task SetVmPlace(this Session session, VmId id, HostId host, DiskId disk, CancellationToken stop) =>
        session.Execute("UPDATE vm SET host_id = @host, disk_id = @disk WHERE id = @id", new { id, host, disk }, stop);

    public static Task SetVmMac(this Session session, VmId id, MacAddress mac, CancellationToken stop) =>
        session.Execute("UPDATE vm SET mac_address = @mac WHERE id = @id", new { id, mac }, stop);

    public static Task SetVmImage(this Session session, VmId id, ImageId image, CancellationToken stop) =>
        session.Execute("UPDATE vm SET image_id = @image WHERE id = @id", new { id, image }, stop);

    public static Task SetVmSshKey(this Session session, VmId id, SshKeyId key, CancellationToken stop) =>
        session.Execute("UPDATE vm SET ssh_key_id = @key WHERE id = @id", new { id, key }, stop);

    /// <summary>Makes a standard VM a custom one.</summary>
    public static Task SetVmCustomTemplate(this Session session, VmId id, CustomTemplateId size, CancellationToken stop) =>
        session.Execute("UPDATE vm SET template_id = NULL, custom_template_id = @size WHERE id = @id", new { id, size }, stop);

    public static Task SetVmAutoRenewal(this Session session, VmId id, bool enabled, CancellationToken stop) =>
        session.Execute("UPDATE vm SET auto_renewal_enabled = @enabled WHERE id = @id", new { id, enabled }, stop);

    /// <summary>
    /// Adds paid time: <c>expires</c> := max(<c>expires</c>, now) + seconds, computed from the row as it is now. The row must be locked.
    /// </summary>
    public static Task SetVmExpires(this Session session, VmId id, Instant expires, CancellationToken stop) =>
        session.Execute("UPDATE vm SET expires = @expires WHERE id = @id", new { id, expires }, stop);

    /// <summary>Brings a deleted VM back: its machine is built anew with a new address and MAC (provisioning.md section 17.7).</summary>
    public static Task ReviveVm(this Session session, VmId id, CancellationToken stop) =>
        session.Execute("UPDATE vm SET deleted = 0, mac_address = @mac WHERE id = @id AND deleted = 1", new { id, mac = MacAddress.Unassigned }, stop);

    /// <summary>Soft-deletes; the row, its payments and its history stay. False when it was deleted already.</summary>
    public static async Task<bool> MarkVmDeleted(this Session session, VmId id, CancellationToken stop) =>
        await session.Execute("UPDATE vm SET deleted = 1 WHERE id = @id AND deleted = 0", new { id }, stop) > 0;

    /// <summary>Whether another live VM of the region has this MAC.</summary>
    public static async Task<bool> IsMacTaken(this Session session, RegionId region, MacAddress mac, VmId except, CancellationToken stop) =>
        await session.Scalar<long>("""
            SELECT COUNT(*) FROM vm v JOIN vm_host h ON h.id = v.host_id
            WHERE h.region_id = @region AND v.mac_address = @mac AND v.deleted = 0 AND v.id <> @except
            """, new { region, mac, except }, stop) > 0;
}
