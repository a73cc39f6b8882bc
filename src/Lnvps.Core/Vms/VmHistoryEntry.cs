using System.Text.Json.Nodes;
using Lnvps.Core.Identity;
using Lnvps.Core.Network;
using Lnvps.Core.Time;

namespace Lnvps.Core.Vms;

/// <summary>A row of <c>vm_history</c> before the database gives it id and time (provisioning.md section 19). The three states are JSON texts.</summary>
/// <param name="InitiatedBy">Acting user; null = the system.</param>
public sealed record VmHistoryEntry(
    VmId Vm, VmHistoryAction Action, UserId? InitiatedBy, string? PreviousState, string? NewState, string? Metadata, string Description);

/// <summary>The columns of a VM that history remembers.</summary>
public sealed record VmSnapshot(
    VmId Vm,
    HostId Host,
    UserId User,
    ImageId Image,
    TemplateId? Template,
    CustomTemplateId? CustomTemplate,
    SshKeyId SshKey,
    Instant Created,
    Instant Expires,
    DiskId Disk,
    MacAddress Mac,
    string? RefCode)
{
    /// <summary>State of a <c>created</c> row.</summary>
    internal string ToOrderJson() => new JsonObject
    {
        ["host_id"] = Host.Value,
        ["user_id"] = User.Value,
        ["image_id"] = Image.Value,
        ["template_id"] = Template?.Value,
        ["custom_template_id"] = CustomTemplate?.Value,
        ["ssh_key_id"] = SshKey.Value,
        ["created"] = Created.ToString(),
        ["expires"] = Expires.ToString(),
        ["disk_id"] = Disk.Value,
        ["mac_address"] = Mac.ToString(),
        ["ref_code"] = RefCode,
    }.ToJsonString();

    /// <summary>State of a <c>configuration_changed</c> row.</summary>
    internal string ToConfigurationJson() => new JsonObject
    {
        ["host_id"] = Host.Value,
        ["image_id"] = Image.Value,
        ["template_id"] = Template?.Value,
        ["custom_template_id"] = CustomTemplate?.Value,
        ["ssh_key_id"] = SshKey.Value,
        ["expires"] = Expires.ToString(),
        ["disk_id"] = Disk.Value,
        ["mac_address"] = Mac.ToString(),
    }.ToJsonString();
}
