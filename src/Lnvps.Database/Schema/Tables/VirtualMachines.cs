using Lnvps.Database.Schema.Declarations;
using static Lnvps.Database.Schema.Declarations.Columns;

namespace Lnvps.Database.Schema.Tables;

/// <summary>data-model.md section 2.5.</summary>
static class VirtualMachines
{
    public static readonly Table Vms = new("vm")
    {
        Columns =
        [
            Id(),
            Int("host_id"),
            Int("user_id"),
            Int("image_id"),
            Int("template_id").OrNull(),
            Int("ssh_key_id"),
            Created(),
            Timestamp("expires"),
            Int("disk_id"),
            Varchar("mac_address", 20),
            Bit("deleted").DefaultTo(0),
            Varchar("ref_code", 20).OrNull(),
            Int("custom_template_id").OrNull(),
            Bit("auto_renewal_enabled"),
        ],
        Keys =
        [
            Key.On("fk_vm_custom_template", "custom_template_id"),
            Key.On("fk_vm_host", "host_id"),
            Key.On("fk_vm_host_disk_id", "disk_id"),
            Key.On("fk_vm_image", "image_id"),
            Key.On("fk_vm_ssh_key_id", "ssh_key_id"),
            Key.On("fk_vm_template_id", "template_id"),
            Key.On("fk_vm_user", "user_id"),
        ],
        ForeignKeys =
        [
            new("fk_vm_custom_template", "custom_template_id", "vm_custom_template"),
            new("fk_vm_host", "host_id", "vm_host"),
            new("fk_vm_host_disk_id", "disk_id", "vm_host_disk"),
            new("fk_vm_image", "image_id", "vm_os_image"),
            new("fk_vm_ssh_key_id", "ssh_key_id", "user_ssh_key"),
            new("fk_vm_template_id", "template_id", "vm_template"),
            new("fk_vm_user", "user_id", "users"),
        ],
    };

    public static readonly Table IpAssignments = new("vm_ip_assignment")
    {
        Columns =
        [
            Id(),
            Int("vm_id"),
            Int("ip_range_id"),
            Varchar("ip", 255),
            Bit("deleted").DefaultTo(0),
            Varchar("arp_ref", 50).OrNull(),
            Varchar("dns_reverse", 255).OrNull(),
            Varchar("dns_reverse_ref", 50).OrNull(),
            Varchar("dns_forward", 255).OrNull(),
            Varchar("dns_forward_ref", 50).OrNull(),
        ],
        Keys =
        [
            Key.On("fk_vm_ip_assignment_vm", "vm_id"),
            Key.On("fk_vm_ip_range", "ip_range_id"),
        ],
        ForeignKeys =
        [
            new("fk_vm_ip_assignment_vm", "vm_id", "vm"),
            new("fk_vm_ip_range", "ip_range_id", "ip_range"),
        ],
    };

    public static readonly Table Payments = new("vm_payment")
    {
        Columns =
        [
            Binary("id", 32),
            Int("vm_id"),
            Created(),
            Timestamp("expires"),
            Big("amount"),
            Text("external_data"),
            Big("time_value"),
            Bit("is_paid"),
            Float("rate"),
            Varchar("currency", 5).DefaultTo("BTC"),
            Small("payment_method").DefaultTo(0),
            Varchar("external_id", 255).OrNull(),
            Big("tax"),
            Small("payment_type").DefaultTo(0),
            Text("upgrade_params").OrNull(),
            Big("processing_fee").DefaultTo(0),
        ],
        Keys =
        [
            Key.Unique("ix_vm_payment_id", "id"),
            Key.On("fk_vm_payment_vm", "vm_id"),
        ],
        ForeignKeys = [new("fk_vm_payment_vm", "vm_id", "vm")],
    };

    public static readonly Table History = new("vm_history")
    {
        Columns =
        [
            Id(),
            Int("vm_id"),
            Small("action_type"),
            Timestamp("timestamp").DefaultToNow().Loose(),
            Int("initiated_by_user").OrNull(),
            Json("previous_state").OrNull(),
            Json("new_state").OrNull(),
            Json("metadata").OrNull(),
            Text("description").OrNull(),
        ],
        Keys =
        [
            Key.On("fk_vm_history_user", "initiated_by_user"),
            Key.On("ix_vm_history_action_type", "action_type"),
            Key.On("ix_vm_history_timestamp", "timestamp"),
            Key.On("ix_vm_history_vm_id", "vm_id"),
        ],
        ForeignKeys =
        [
            new("fk_vm_history_user", "initiated_by_user", "users"),
            new("fk_vm_history_vm", "vm_id", "vm"),
        ],
    };
}
