using System.Text.Json.Nodes;
using Lnvps.Core.Addresses;
using Lnvps.Core.Catalogue;
using Lnvps.Core.Identity;
using Lnvps.Core.Payments;

namespace Lnvps.Core.Vms;

using Lnvps.Core.Money;

/// <summary>Metadata of <c>configuration_changed</c> rows (provisioning.md section 19).</summary>
public static class ChangeMetadata
{
    /// <summary>A custom VM grew.</summary>
    public static JsonObject CustomUpgrade(VmSpec before, VmSpec after) => new()
    {
        ["upgrade_type"] = "custom_template_update",
        ["old_specs"] = Sizes(before),
        ["new_specs"] = Sizes(after),
    };

    /// <summary>A standard VM became a custom one; what stays as it was is null.</summary>
    public static JsonObject Conversion(UpgradeWish changes, TemplateId from, CustomTemplateId to) => new()
    {
        ["upgrade_type"] = "standard_to_custom_conversion",
        ["changes"] = new JsonObject { ["cpu"] = changes.Cpu, ["memory"] = changes.Memory?.Value, ["disk"] = changes.Disk?.Value },
        ["converted_from_template_id"] = from.Value,
        ["new_custom_template_id"] = to.Value,
    };

    /// <summary>The money for unused time went back over Lightning.</summary>
    /// <param name="preimage">Proof of payment.</param>
    public static JsonObject Refunded(UserId? admin, Msat amount, Bytes32 paymentHash, Bytes32 preimage, string? reason)
    {
        var metadata = VmHistory.AdminAct(admin);
        metadata["refund_amount"] = amount.Value;
        metadata["refund_currency"] = Currency.BTC.Code();
        metadata["payment_hash"] = paymentHash.ToString();
        metadata["preimage"] = preimage.ToString();
        if (reason is not null)
            metadata["reason"] = reason;
        return metadata;
    }

    /// <summary>An operator gave an address.</summary>
    public static JsonObject AddressGiven(UserId? admin, RangeId range, IpAddress address) => Address(admin, range, "assigned_ip", address);

    /// <summary>An operator took an address away.</summary>
    public static JsonObject AddressTaken(UserId? admin, RangeId range, IpAddress address) => Address(admin, range, "unassigned_ip", address);

    static JsonObject Address(UserId? admin, RangeId range, string key, IpAddress address)
    {
        var metadata = VmHistory.AdminAct(admin);
        metadata["ip_range_id"] = range.Value;
        metadata[key] = address.ToString();
        return metadata;
    }

    static JsonObject Sizes(VmSpec spec) => new() { ["cpu"] = spec.Cpu, ["memory"] = spec.Memory.Value, ["disk_size"] = spec.Disk.Value };
}
