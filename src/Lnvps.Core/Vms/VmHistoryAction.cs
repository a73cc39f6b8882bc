namespace Lnvps.Core.Vms;

/// <summary>What happened to a VM; stored as ordinal (data-model.md section 3).</summary>
public enum VmHistoryAction : ushort
{
    Created = 0,
    Started = 1,
    Stopped = 2,
    Restarted = 3,
    Deleted = 4,
    Expired = 5,
    Renewed = 6,
    Reinstalled = 7,
    StateChanged = 8,
    PaymentReceived = 9,
    ConfigurationChanged = 10,
}
