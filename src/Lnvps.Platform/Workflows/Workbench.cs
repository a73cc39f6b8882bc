using Lnvps.Core.Time;
using Lnvps.Database.Sessions;
using Lnvps.Platform.Addresses;
using Lnvps.Platform.Hosts;
using Lnvps.Platform.Orders;
using Lnvps.Platform.Payments.Providers;
using Lnvps.Platform.Vms;
using Lnvps.Platform.Workflows.Engine;

namespace Lnvps.Platform.Workflows;

/// <summary>What the workflows of VMs work with.</summary>
/// <param name="Clock">Of the business: what customers paid for.</param>
/// <param name="Time">The real one: pauses between attempts.</param>
/// <param name="Asking">For work that follows from other work.</param>
/// <param name="Providers">Where offers for a VM that goes are cancelled.</param>
public sealed record Workbench(
    Db Db,
    HostRegistry Hosts,
    RoomKeeper Rooms,
    AddressPools Addresses,
    StateCache States,
    IClock Clock,
    TimeProvider Time,
    WorkflowStore Asking,
    PaymentProviders Providers);
