using Lnvps.Core.Time;

namespace Lnvps.Core.Payments;

/// <summary>What a settled payment does to its VM (billing.md section 18, provisioning.md section 17.7).</summary>
public enum CompletionEffect
{
    /// <summary>The expiry grows (a renewal), or the sizes will (an upgrade).</summary>
    Applied,

    /// <summary>The VM was deleted and comes back: same id, new disk, MAC and addresses.</summary>
    Revived,

    /// <summary>It stays deleted: the customer is told, and operators are alerted to return the money.</summary>
    MoneyToReturn,
}

public static class PaymentCompletion
{
    /// <summary>max(<paramref name="expires"/>, settlement) + the seconds fixed when the payment was made; they are not recomputed.</summary>
    /// <exception cref="OverflowException">The result is no moment; creation checks against the latest storable expiry.</exception>
    public static Instant NewExpiry(Instant expires, Instant settledAt, long timeValue)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(timeValue);
        return timeValue == 0 ? expires : Instant.Later(expires, settledAt).PlusSeconds(timeValue);
    }

    /// <param name="newExpiry">Expiry with the paid time added; an upgrade adds none.</param>
    /// <param name="hasRoom">The VM's host can still take it; asked only for deleted VMs.</param>
    public static CompletionEffect EffectOn(bool deleted, Instant newExpiry, Instant settledAt, bool hasRoom) => (deleted, hasRoom) switch
    {
        (false, _) => CompletionEffect.Applied,
        (true, true) when newExpiry > settledAt => CompletionEffect.Revived,
        _ => CompletionEffect.MoneyToReturn,
    };
}
