using Lnvps.Database.Schema.Declarations;

namespace Lnvps.Database.Schema.Additions;

/// <summary>Keys for look-ups that existing programs do by reading whole tables.</summary>
static class LookUpKeys
{
    public static readonly Addition Addition = new(2026030102, "keys for look-ups", sql =>
    [
        .. sql.AddKey("vm_payment", Key.On("ix_external_id", "external_id")),
        .. sql.AddKey("vm_payment", Key.On("ix_vm_created", "vm_id", "created")),
        .. sql.AddKey("vm_ip_assignment", Key.On("ix_ip", "ip")),
        .. sql.AddKey("vm", Key.On("ix_deleted_host", "deleted", "host_id")),
        .. sql.AddKey("vm", Key.On("ix_ref_code", "ref_code")),
    ]);
}
