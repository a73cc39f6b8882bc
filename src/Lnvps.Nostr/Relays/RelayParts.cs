using Lnvps.Core.Randomness;
using Lnvps.Nostr.Keys;

namespace Lnvps.Nostr.Relays;

/// <summary>What a pool of relays works with.</summary>
/// <param name="Time">The real clock: time-outs, back-off, times of sign-in events.</param>
/// <param name="Random">Jitter and names of subscriptions.</param>
/// <param name="Rules">Which addresses may be dialled.</param>
public sealed record RelayParts(TimeProvider Time, IRandomSource Random, RelayRules Rules)
{
    /// <summary>Signs in where a relay asks for it (NIP-42); null = nobody does. Belongs to the caller.</summary>
    public SecretKey? Key { get; init; }

    /// <summary>Longest message that is read from a relay, in bytes; a longer one ends the connection.</summary>
    public int LongestMessage { get; init; } = 512 * 1024;

    /// <summary>How long is waited for a connection to be made.</summary>
    public TimeSpan ConnectLimit { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long is waited for relays to take an event.</summary>
    public TimeSpan PublishLimit { get; init; } = TimeSpan.FromSeconds(10);

    public TimeSpan FirstPause { get; init; } = TimeSpan.FromSeconds(1);

    public TimeSpan LongestPause { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Told of lost connections and refusals, for the log: the relay and a cleaned text.</summary>
    public Action<Uri, string>? Report { get; init; }
}
