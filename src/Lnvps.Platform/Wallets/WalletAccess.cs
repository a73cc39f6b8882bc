using Lnvps.Core.Outcomes;
using Lnvps.Nostr.Relays;
using Lnvps.Nostr.Wallets;

namespace Lnvps.Platform.Wallets;

/// <summary>How customers' wallets are reached.</summary>
/// <param name="Relays">Clock, rules and limits of the connections.</param>
public sealed record WalletAccess(RelayParts Relays)
{
    /// <summary>Longest wait for a payment, all steps together.</summary>
    public TimeSpan PayLimit { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Longest wait when a connection is set up.</summary>
    public TimeSpan CheckLimit { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long is waited for the settlement once the wallet says that it paid.</summary>
    public TimeSpan SettleLimit { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Whether a wallet can be used for renewals (nostr.md section 9.2). Null = yes; else what the customer is told, without any part of the text.</summary>
    public async Task<Refusal?> Check(string text, CancellationToken stop)
    {
        if (!WalletConnection.TryParse(text, Relays.Rules, out var connection, out var problem))
            return Refusal.Invalid($"Failed to parse NWC url: {problem}");
        using (connection)
        {
            using var limit = new CancellationTokenSource(CheckLimit, Relays.Time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stop);
            try
            {
                await using var session = await WalletSession.Open(connection, Relays, either.Token);
                return await session.GetInfo(either.Token) switch
                {
                    WalletReply.Info info when info.Methods.Contains(WalletMessages.PayInvoice, StringComparer.Ordinal) => null,
                    WalletReply.Info => Refusal.Invalid("NWC connection must allow pay_invoice"),
                    _ => Refusal.Invalid("Failed to connect to NWC: the wallet refused the request"),
                };
            }
            catch (OutsideFault)
            {
                return Refusal.Invalid("Failed to connect to NWC: the wallet could not be reached");
            }
            catch (OperationCanceledException) when (!stop.IsCancellationRequested)
            {
                return Refusal.Invalid("Failed to connect to NWC: the wallet did not answer in time");
            }
        }
    }
}
