using Lnvps.Core.Identity;
using Lnvps.Database.Sessions;

namespace Lnvps.Database.Addresses;

/// <summary>A row of <c>vm_ip_assignment</c>: an address handed to a VM, now or in the past.</summary>
public sealed record AssignmentRow
{
    public AssignmentId Id { get; init; }
    public VmId VmId { get; init; }
    public RangeId IpRangeId { get; init; }
    public string Ip { get; init; } = "";
    public bool Deleted { get; init; }
    public string? ArpRef { get; init; }
    public string? DnsReverse { get; init; }
    public string? DnsReverseRef { get; init; }
    public string? DnsForward { get; init; }
    public string? DnsForwardRef { get; init; }
}

/// <summary>A live assignment with its range's prefix and gateway texts.</summary>
public sealed record AssignedAddressRow
{
    public AssignmentId Id { get; init; }
    public VmId VmId { get; init; }
    public RangeId IpRangeId { get; init; }
    public string Ip { get; init; } = "";
    public string? DnsReverse { get; init; }
    public string? DnsForward { get; init; }
    public string Cidr { get; init; } = "";
    public string Gateway { get; init; } = "";
    public Core.Catalogue.IpAllocationMode AllocationMode { get; init; }
}

/// <summary>Queries of address assignments (data-model.md section 7.7).</summary>
public static class Assignments
{
    const string Columns = "id, vm_id, ip_range_id, ip, deleted, arp_ref, dns_reverse, dns_reverse_ref, dns_forward, dns_forward_ref";

    const string AddressColumns = """
        a.id, a.vm_id, a.ip_range_id, a.ip, a.dns_reverse, a.dns_forward, r.cidr, r.gateway, r.allocation_mode
        FROM vm_ip_assignment a JOIN ip_range r ON r.id = a.ip_range_id
        """;

    public static Task<List<AssignmentRow>> ListAssignments(this Session session, VmId vm, CancellationToken stop) =>
        session.List<AssignmentRow>($"SELECT {Columns} FROM vm_ip_assignment WHERE vm_id = @vm AND deleted = 0 ORDER BY id", new { vm }, stop);

    /// <summary>Live addresses of one VM with their ranges, by id.</summary>
    public static Task<List<AssignedAddressRow>> ListAddresses(this Session session, VmId vm, CancellationToken stop) =>
        session.List<AssignedAddressRow>($"SELECT {AddressColumns} WHERE a.vm_id = @vm AND a.deleted = 0 ORDER BY a.id", new { vm }, stop);

    /// <summary>Live addresses of all of a customer's live VMs with their ranges, by id: one query for a whole list.</summary>
    public static Task<List<AssignedAddressRow>> ListAddressesOfUser(this Session session, UserId user, CancellationToken stop) =>
        session.List<AssignedAddressRow>($"""
            SELECT {AddressColumns} JOIN vm v ON v.id = a.vm_id WHERE v.user_id = @user AND v.deleted = 0 AND a.deleted = 0 ORDER BY a.id
            """, new { user }, stop);

    /// <summary>Live addresses of all live VMs of a host with their ranges, by id: one query for a whole host.</summary>
    public static Task<List<AssignedAddressRow>> ListAddressesOnHost(this Session session, HostId host, CancellationToken stop) =>
        session.List<AssignedAddressRow>($"""
            SELECT {AddressColumns} JOIN vm v ON v.id = a.vm_id WHERE v.host_id = @host AND v.deleted = 0 AND a.deleted = 0 ORDER BY a.id
            """, new { host }, stop);

    /// <summary>Every live address of a range, as text.</summary>
    public static Task<List<string>> ListLiveAddresses(this Session session, RangeId range, CancellationToken stop) =>
        session.List<string>("SELECT ip FROM vm_ip_assignment WHERE ip_range_id = @range AND deleted = 0", new { range }, stop);

    /// <summary>Which of these addresses (canonical text) have a live row.</summary>
    public static Task<List<string>> ListTaken(this Session session, IReadOnlyCollection<string> ips, CancellationToken stop) =>
        session.List<string>("SELECT DISTINCT ip FROM vm_ip_assignment WHERE deleted = 0 AND ip IN @ips", new { ips }, stop);

    /// <summary>Whether a live row of any range has this address (canonical text).</summary>
    public static async Task<bool> IsAddressTaken(this Session session, string ip, CancellationToken stop) =>
        await session.Scalar<long>("SELECT COUNT(*) FROM vm_ip_assignment WHERE ip = @ip AND deleted = 0", new { ip }, stop) > 0;

    public static async Task<AssignmentId> InsertAssignment(this Session session, VmId vm, RangeId range, string ip, CancellationToken stop) =>
        new(await session.Insert("INSERT INTO vm_ip_assignment (vm_id, ip_range_id, ip, deleted) VALUES (@vm, @range, @ip, 0)", new { vm, range, ip }, stop));

    /// <summary>Sets the PTR target of every live address of a VM.</summary>
    public static Task SetReverseName(this Session session, VmId vm, string name, CancellationToken stop) =>
        session.Execute("UPDATE vm_ip_assignment SET dns_reverse = @name WHERE vm_id = @vm AND deleted = 0", new { vm, name }, stop);

    /// <summary>Frees all live addresses of a VM; the rows stay as history.</summary>
    public static Task<int> FreeAssignments(this Session session, VmId vm, CancellationToken stop) =>
        session.Execute("UPDATE vm_ip_assignment SET deleted = 1 WHERE vm_id = @vm AND deleted = 0", new { vm }, stop);

    /// <summary>Removes one row that the same failed creation inserted; the address was never in use.</summary>
    public static Task RemoveAssignment(this Session session, AssignmentId id, CancellationToken stop) =>
        session.Execute("DELETE FROM vm_ip_assignment WHERE id = @id", new { id }, stop);
}
