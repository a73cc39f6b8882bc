using Lnvps.Core.Identity;
using Lnvps.Core.Money;
using Lnvps.Lightning.Bolt11;

namespace Lnvps.Lightning.Nodes;

/// <summary>What a Lightning node does that pays. Every call may throw <see cref="Core.Outcomes.OutsideFault"/>.</summary>
public interface ILightningPayer
{
    /// <summary>Which network's invoices it can pay.</summary>
    Task<LightningNetwork> Network(CancellationToken stop);

    /// <summary>
    /// Pays an invoice and waits for the end. A node pays a payment hash once: asked again it says what became of the first. After an exception it may have paid
    /// all the same; <see cref="LookUpPayment"/> tells.
    /// </summary>
    Task<OutgoingPayment> Pay(PayOrder order, CancellationToken stop);

    /// <summary>What became of a payment by this node; <see cref="OutgoingState.Unknown"/> when it never began one.</summary>
    Task<OutgoingPayment> LookUpPayment(Bytes32 paymentHash, CancellationToken stop);
}

/// <param name="Invoice">BOLT-11 text with an amount.</param>
/// <param name="FeeLimit">Most that the way may cost, beyond the amount.</param>
/// <param name="Limit">How long the node looks for a way; whole seconds.</param>
public sealed record PayOrder(string Invoice, Msat FeeLimit, TimeSpan Limit);

public enum OutgoingState
{
    /// <summary>This node never began it.</summary>
    Unknown,
    /// <summary>It may still arrive.</summary>
    InFlight,
    Succeeded,
    /// <summary>It has not arrived and will not, or the node refuses to begin it; it may be tried again.</summary>
    Failed,
}

/// <param name="Preimage">Proof of payment; set exactly when it succeeded.</param>
/// <param name="Reason">Why it failed, for operators.</param>
public sealed record OutgoingPayment(OutgoingState State, Bytes32? Preimage, string? Reason)
{
    public static readonly OutgoingPayment Unknown = new(OutgoingState.Unknown, Preimage: null, Reason: null);
    public static readonly OutgoingPayment InFlight = new(OutgoingState.InFlight, Preimage: null, Reason: null);

    public static OutgoingPayment Succeeded(Bytes32 preimage) => new(OutgoingState.Succeeded, preimage, Reason: null);

    public static OutgoingPayment Failed(string reason) => new(OutgoingState.Failed, Preimage: null, reason);
}
