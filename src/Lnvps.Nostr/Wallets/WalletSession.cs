using Lnvps.Core.Identity;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Time;
using Lnvps.Nostr.Encryption;
using Lnvps.Nostr.Events;
using Lnvps.Nostr.Relays;

namespace Lnvps.Nostr.Wallets;

/// <summary>
/// Requests to one wallet over its relays (NIP-47, nostr.md section 9.3). Silence is not refusal: when an answer does not come, the wallet may have acted all the
/// same, and the caller gets an <see cref="OutsideFault"/>. Disposing closes subscription and connections.
/// </summary>
public sealed class WalletSession : IAsyncDisposable
{
    const int InfoKind = 13194, RequestKind = 23194, ResponseKind = 23195;
    const string Modern = "nip44_v2";

    static readonly TimeSpan s_requestLifetime = TimeSpan.FromSeconds(60);
    static readonly TimeSpan s_infoLimit = TimeSpan.FromSeconds(4);

    readonly WalletConnection _connection;
    readonly RelayParts _parts;
    readonly RelayPool _pool;
    readonly Nip44Key _key;
    bool _modern;

    WalletSession(WalletConnection connection, RelayParts parts)
    {
        _connection = connection;
        _parts = parts with { Key = connection.Secret };
        _key = Nip44Key.Between(connection.Secret, connection.Wallet) ?? throw new ArgumentException("Not a public key", nameof(connection));
        _pool = new RelayPool(connection.Relays, _parts);
    }

    /// <summary>Connects to the wallet's relays and finds out which encryption it reads.</summary>
    /// <param name="connection">Must live as long as the session.</param>
    /// <param name="parts">Clock, rules, limits.</param>
    /// <param name="stop">Bounds the wait; it is the caller who knows how long may be waited in all.</param>
    /// <exception cref="OutsideFault">No relay could be reached.</exception>
    public static async Task<WalletSession> Open(WalletConnection connection, RelayParts parts, CancellationToken stop)
    {
        var session = new WalletSession(connection, parts);
        try
        {
            if (await session._pool.Opened(stop) == 0)
                throw OutsideFault.Transient("no relay of the wallet could be reached");
            session._modern = await session.ReadsModern(stop);
            return session;
        }
        catch
        {
            await session.DisposeAsync();
            throw;
        }
    }

    /// <summary>Asks what this connection may do.</summary>
    /// <exception cref="OutsideFault">No answer, or an unreadable one.</exception>
    public Task<WalletReply> GetInfo(CancellationToken stop) => Ask(WalletMessages.GetInfo, WalletMessages.Request(WalletMessages.GetInfo), stop);

    /// <summary>Asks the wallet to pay.</summary>
    /// <exception cref="OutsideFault">No answer, or an unreadable one: it may have paid, or may still.</exception>
    public Task<WalletReply> PayInvoice(string invoice, CancellationToken stop) =>
        Ask(WalletMessages.PayInvoice, WalletMessages.Request(WalletMessages.PayInvoice, ("invoice", invoice)), stop);

    /// <summary>Asks what became of an invoice.</summary>
    /// <exception cref="OutsideFault">No answer, or an unreadable one.</exception>
    public Task<WalletReply> LookUpInvoice(Bytes32 paymentHash, CancellationToken stop) =>
        Ask(WalletMessages.LookUpInvoice, WalletMessages.Request(WalletMessages.LookUpInvoice, ("payment_hash", paymentHash.ToString())), stop);

    public async ValueTask DisposeAsync()
    {
        await _pool.DisposeAsync();
        _key.Dispose();
    }

    async Task<bool> ReadsModern(CancellationToken stop)
    {
        var infos = await _pool.Query(new EventFilter { Kinds = [InfoKind], Authors = [_connection.Wallet], Limit = 1 }, s_infoLimit, most: 10, stop);
        var newest = infos.MaxBy(info => info.CreatedAt.UnixSeconds);
        return newest?.TagValue("encryption")?.Split(' ', StringSplitOptions.RemoveEmptyEntries).Contains(Modern, StringComparer.Ordinal) ?? false;
    }

    async Task<WalletReply> Ask(string method, string json, CancellationToken stop)
    {
        var now = Instant.From(_parts.Time.GetUtcNow());
        List<EventTag> tags =
        [
            new("p", _connection.Wallet.ToString()),
            new("expiration", now.Plus(s_requestLifetime).UnixSeconds.ToString(System.Globalization.CultureInfo.InvariantCulture)),
        ];
        if (_modern)
            tags.Insert(1, new EventTag("encryption", Modern));
        var request = NostrEvent.Sign(_connection.Secret, now, RequestKind, tags, Encrypt(json));

        // Before the request, or a quick answer would be missed.
        await using var answers = await _pool.Subscribe([new EventFilter { Kinds = [ResponseKind], Authors = [_connection.Wallet], Events = [request.Id] }], stop);
        var publishing = _pool.Publish(request, stop);
        var answering = answers.Events.ReadAsync(stop).AsTask();
        try
        {
            if (await Task.WhenAny(publishing, answering) == publishing)
                await publishing; // Nobody took the request: no answer will come.
            return Read(method, await answering);
        }
        catch (System.Threading.Channels.ChannelClosedException error)
        {
            throw OutsideFault.Transient("the wallet did not answer", error);
        }
    }

    WalletReply Read(string method, NostrEvent answer)
    {
        var json = Decrypt(answer.Content) ?? throw OutsideFault.Transient("the wallet's answer cannot be decrypted");
        return WalletMessages.TryParse(method, json, out var reply) ? reply : throw OutsideFault.Transient("the wallet's answer cannot be read");
    }

    string Encrypt(string json) =>
        _modern ? Nip44.Encrypt(_key, json, _parts.Random) : Nip04.Encrypt(_connection.Secret, _connection.Wallet, json, _parts.Random);

    // By its form: a wallet may answer in the old way whatever it announces.
    string? Decrypt(string content) => content.Contains("?iv=", StringComparison.Ordinal)
        ? Nip04.TryDecrypt(_connection.Secret, _connection.Wallet, content, out var old) ? old : null
        : Nip44.TryDecrypt(_key, content, out var text) ? text : null;
}
