using System.Diagnostics.CodeAnalysis;
using Lnvps.Core.Identity;
using Lnvps.Nostr.Keys;
using Lnvps.Nostr.Relays;

namespace Lnvps.Nostr.Wallets;

/// <summary>
/// A connection to a customer's wallet (NIP-47), read from <c>nostr+walletconnect://KEY?relay=…&amp;secret=…</c>. Whoever has the text can spend; nothing here
/// repeats it.
/// </summary>
public sealed class WalletConnection : IDisposable
{
    const int LongestText = 4096;
    const int MostRelays = 10;
    const string Scheme = "nostr+walletconnect:";

    WalletConnection(PublicKey wallet, IReadOnlyList<Uri> relays, SecretKey secret) => (Wallet, Relays, Secret) = (wallet, relays, secret);

    /// <summary>The wallet's key.</summary>
    public PublicKey Wallet { get; }

    /// <summary>Where it listens; at least one, all acceptable.</summary>
    public IReadOnlyList<Uri> Relays { get; }

    /// <summary>Our key towards this wallet.</summary>
    public SecretKey Secret { get; }

    /// <summary>Reads a connection string; the order of its parameters is free, unknown ones are ignored.</summary>
    /// <param name="text">What the customer pasted.</param>
    /// <param name="rules">Which relays are acceptable; others are left out.</param>
    /// <param name="connection">The connection; wiped when disposed.</param>
    /// <param name="problem">What is wrong, without repeating any of the text.</param>
    public static bool TryParse(
        string text, RelayRules rules, [NotNullWhen(true)] out WalletConnection? connection, [NotNullWhen(false)] out string? problem)
    {
        connection = null;
        text = text.Trim();
        if (text.Length > LongestText)
            problem = "the text is too long";
        else if (!text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
            problem = "it does not begin with nostr+walletconnect://";
        else
            problem = Read(text[Scheme.Length..].TrimStart('/'), rules, out connection);
        return connection is not null;
    }

    public void Dispose() => Secret.Dispose();

    /// <summary>Names the wallet's public key only.</summary>
    public override string ToString() => $"connection to wallet {Wallet}";

    static string? Read(string rest, RelayRules rules, out WalletConnection? connection)
    {
        connection = null;
        var mark = rest.IndexOf('?', StringComparison.Ordinal);
        var host = mark < 0 ? rest : rest[..mark];
        if (!PublicKey.TryParse(host.TrimEnd('/'), out var wallet) || !Secp256k1.IsPublicKey(wallet.Bytes.ToArray()))
            return "the wallet's public key is missing or invalid";

        var relays = new List<Uri>();
        string? secretText = null;
        foreach (var parameter in (mark < 0 ? "" : rest[(mark + 1)..]).Split('&'))
        {
            var at = parameter.IndexOf('=', StringComparison.Ordinal);
            if (at < 0)
                continue;
            var value = Unescaped(parameter[(at + 1)..]);
            switch (parameter[..at])
            {
                case "relay" when relays.Count < MostRelays && rules.TryParse(value, out var url) && !relays.Contains(url):
                    relays.Add(url);
                    break;
                case "secret":
                    secretText ??= value;
                    break;
                default:
                    break;
            }
        }
        if (relays.Count == 0)
            return "it names no acceptable relay (wss:// to a public address)";
        if (secretText is not { Length: 64 } || !SecretKey.TryParse(secretText, out var secret))
            return "the secret is missing or invalid";
        connection = new WalletConnection(wallet, relays, secret);
        return null;
    }

    static string Unescaped(string value)
    {
        try
        {
            return Uri.UnescapeDataString(value);
        }
        catch (UriFormatException)
        {
            return value;
        }
    }
}
