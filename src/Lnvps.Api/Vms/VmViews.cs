using Lnvps.Api.Http.Contracts;
using Lnvps.Api.Images;
using Lnvps.Api.Offers;
using Lnvps.Api.SshKeys;
using Lnvps.Core.Time;
using Lnvps.Core.Vms;

namespace Lnvps.Api.Vms;

/// <summary>An address as the guest has it: with the prefix length that the guest gets.</summary>
/// <param name="Ip">With the length of its prefix, such as <c>203.0.113.45/24</c>.</param>
sealed record IpAssignmentView(uint Id, string Ip, string Gateway, string? ForwardDns, string? ReverseDns);

/// <summary>The last known running state (customer-api.md section 4.9).</summary>
/// <param name="Timestamp">Unix seconds of the sample; 0 when there is none yet.</param>
/// <param name="State"><c>creating</c> means wait.</param>
/// <param name="CpuUsage">0 to 1, of all cores.</param>
/// <param name="MemUsage">0 to 1.</param>
/// <param name="Uptime">Seconds.</param>
/// <param name="NetIn">Bytes since the start, as the three that follow.</param>
sealed record VmStatusView(
    long Timestamp,
    [property: Words("running", "stopped", "starting", "deleting", "creating", "unknown")] string State,
    double CpuUsage,
    double MemUsage,
    ulong Uptime,
    ulong NetIn,
    ulong NetOut,
    ulong DiskWrite,
    ulong DiskRead);

/// <summary>A VM as its owner sees it.</summary>
/// <remarks>Never add <c>pricing_id</c> to its template: the web client reads that as "not upgradable".</remarks>
/// <param name="Expires">Paid until then; equal to created while it was never paid.</param>
/// <param name="MacAddress"><c>ff:ff:ff:ff:ff:ff</c> before the machine is built.</param>
/// <param name="IpAssignments">None before the machine is built.</param>
sealed record VmView(
    uint Id,
    Instant Created,
    Instant Expires,
    string MacAddress,
    ImageView Image,
    TemplateView Template,
    SshKeyView SshKey,
    List<IpAssignmentView> IpAssignments,
    VmStatusView Status,
    bool AutoRenewalEnabled);

/// <summary>A history entry; the states and the metadata are JSON text inside strings.</summary>
/// <param name="InitiatedBy"><c>other</c> is an operator.</param>
sealed record VmHistoryView(
    uint Id,
    uint VmId,
    [property: Words(typeof(VmHistoryAction))] string ActionType,
    Instant Timestamp,
    [property: Words("owner", "system", "other")] string InitiatedBy,
    string? PreviousState,
    string? NewState,
    string? Metadata,
    string? Description);

/// <summary>Body of PATCH vm: absent and null both mean unchanged.</summary>
sealed record VmChange
{
    public ulong? SshKeyId { get; init; }
    public string? ReverseDns { get; init; }
    public bool? AutoRenewalEnabled { get; init; }
}

/// <summary>Body of PATCH re-install, optional.</summary>
sealed record ReinstallRequest
{
    public ulong? ImageId { get; init; }
}
