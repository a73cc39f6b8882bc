namespace Lnvps.Core.Invoices;

/// <summary>Divides what was paid over the lines that it was paid for.</summary>
public static class InvoiceSplit
{
    /// <summary>
    /// Shares in the proportion of the weights that add up to exactly the total: each is the difference of two running sums rounded down. Equal shares when all weights are zero.
    /// </summary>
    public static IReadOnlyList<ulong> Of(ulong total, IReadOnlyList<ulong> weights)
    {
        var all = weights.Aggregate(UInt128.Zero, (sum, weight) => sum + weight);
        var (even, sumOf) = all == 0 ? (true, (UInt128)weights.Count) : (false, all);
        var shares = new ulong[weights.Count];
        var (running, given) = (UInt128.Zero, 0UL);
        for (var i = 0; i < weights.Count; i++)
        {
            running += even ? 1 : weights[i];
            // Two factors below 2^64 and a sum of at most 2^32 weights: the product is exact in wider numbers only.
            var until = (ulong)(new System.Numerics.BigInteger(total) * (System.Numerics.BigInteger)running / (System.Numerics.BigInteger)sumOf);
            (shares[i], given) = (until - given, until);
        }
        return shares;
    }
}
