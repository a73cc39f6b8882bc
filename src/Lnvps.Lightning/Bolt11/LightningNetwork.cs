namespace Lnvps.Lightning.Bolt11;

/// <summary>The Bitcoin network an invoice is for.</summary>
public enum LightningNetwork
{
    Mainnet,
    Testnet,
    Signet,
    Regtest,
}

public static class LightningNetworks
{
    // Longest first: "bcrt" and "tbs" begin with the name of another network.
    static readonly (LightningNetwork Network, string Prefix)[] Prefixes =
    [
        (LightningNetwork.Regtest, "lnbcrt"),
        (LightningNetwork.Signet, "lntbs"),
        (LightningNetwork.Mainnet, "lnbc"),
        (LightningNetwork.Testnet, "lntb"),
    ];

    /// <summary>How invoices of the network begin: <c>ln</c> and the currency prefix of BIP-173.</summary>
    public static string Prefix(this LightningNetwork network) => Array.Find(Prefixes, known => known.Network == network).Prefix;

    /// <summary>Splits a lower-case human-readable part into network and amount text; false when the network is not known.</summary>
    internal static bool TrySplit(ReadOnlySpan<char> humanReadable, out LightningNetwork network, out ReadOnlySpan<char> amount)
    {
        foreach (var (candidate, prefix) in Prefixes)
        {
            if (humanReadable.StartsWith(prefix, StringComparison.Ordinal)
                && (humanReadable.Length == prefix.Length || char.IsAsciiDigit(humanReadable[prefix.Length])))
            {
                network = candidate;
                amount = humanReadable[prefix.Length..];
                return true;
            }
        }
        network = default;
        amount = default;
        return false;
    }
}
