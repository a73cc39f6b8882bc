using Lnvps.Core.Money;
using Lnvps.Core.Time;

namespace Lnvps.Lightning.Bolt11;

/// <summary>What an invoice says, before it is signed.</summary>
/// <param name="Network">The network it is for.</param>
/// <param name="Amount">Millisatoshi to pay, &gt; 0; null leaves the amount to the payer.</param>
/// <param name="Created">Its timestamp, 35 bits.</param>
/// <param name="Fields">Its tagged fields in order.</param>
public sealed record InvoiceContent(LightningNetwork Network, Msat? Amount, Instant Created, IReadOnlyList<InvoiceField> Fields)
{
    internal const long LatestCreated = (1L << 35) - 1;

    /// <summary>The first field of a kind, or null: readers go by the first.</summary>
    public T? Find<T>() where T : InvoiceField => Fields.OfType<T>().FirstOrDefault();

    public bool Equals(InvoiceContent? other) =>
        other is not null && Network == other.Network && Amount == other.Amount && Created == other.Created && Fields.SequenceEqual(other.Fields);

    public override int GetHashCode() => Fields.Aggregate(HashCode.Combine(Network, Amount, Created), HashCode.Combine);
}
