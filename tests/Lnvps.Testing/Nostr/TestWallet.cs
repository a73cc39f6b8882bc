using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Lnvps.Core.Randomness;
using Lnvps.Core.Time;
using Lnvps.Nostr.Encryption;
using Lnvps.Nostr.Events;
using Lnvps.Nostr.Keys;
using Lnvps.Nostr.Relays;

namespace Lnvps.Testing.Nostr;

/// <summary>
/// A wallet service (NIP-47) in this process, on a real relay connection. It pays by calling back, keeps the promises of a wallet (one payment per invoice), and
/// fails as told.
/// </summary>
public sealed class TestWallet : IAsyncDisposable
{
    readonly RelayPool _pool;
    readonly RelaySubscription _requests;
    readonly Task _serving;
    readonly Uri _relay;
    readonly Dictionary<string, JsonObject> _invoices = [];

    TestWallet(Uri relay, RelayPool pool, RelaySubscription requests)
    {
        (_relay, _pool, _requests) = (relay, pool, requests);
        _serving = Serve();
    }

    static SecretKey NewKey() => SecretKey.Generate();

    SecretKey Key { get; init; } = null!;

    SecretKey Client { get; init; } = null!;

    /// <summary>What a customer pastes.</summary>
    public string ConnectionString
    {
        get
        {
            var secret = new byte[32];
            Client.CopyTo(secret);
            return $"nostr+walletconnect://{Key.PublicKey}?relay={Uri.EscapeDataString(_relay.OriginalString)}&secret={Convert.ToHexStringLower(secret)}";
        }
    }

    /// <summary>Methods that <c>get_info</c> names.</summary>
    public IReadOnlyList<string> Methods { get; set; } = ["get_info", "pay_invoice", "lookup_invoice"];

    /// <summary>What paying does: null = done, else code and text of the error.</summary>
    public Func<string, Task<(string Code, string Text)?>> Pay { get; set; } = _ => Task.FromResult<(string, string)?>(null);

    /// <summary>Requests to pay are carried out but never answered.</summary>
    public bool AnswersNothing { get; set; }

    /// <summary>State that <c>lookup_invoice</c> gives for every invoice; null = NOT_FOUND.</summary>
    public string? LookUpState { get; set; }

    /// <summary>All requests, as method and first parameter.</summary>
    public ConcurrentQueue<(string Method, string? Parameter)> Requests { get; } = [];

    /// <summary>Kinds of encryption of the requests.</summary>
    public ConcurrentQueue<bool> WereModern { get; } = [];

    public int Payments => Requests.Count(request => request.Method == "pay_invoice");

    /// <param name="relay">Where it listens.</param>
    /// <param name="modern">It announces NIP-44.</param>
    public static async Task<TestWallet> Start(Uri relay, bool modern = true)
    {
        var key = NewKey();
        var pool = new RelayPool([relay], new RelayParts(TimeProvider.System, new SecureRandomness(), RelayRules.Configured));
        var tags = modern ? new List<EventTag> { new("encryption", "nip44_v2 nip04") } : [];
        await pool.Publish(NostrEvent.Sign(key, Now, 13194, tags, "pay_invoice get_info lookup_invoice"), CancellationToken.None);
        var requests = await pool.Subscribe([new EventFilter { Kinds = [23194], Recipients = [key.PublicKey], Since = Now }], CancellationToken.None);
        await requests.AllStoredSent;
        return new TestWallet(relay, pool, requests) { Key = key, Client = NewKey() };
    }

    public async ValueTask DisposeAsync()
    {
        await _requests.DisposeAsync();
        await _pool.DisposeAsync();
        await _serving;
        Key.Dispose();
        Client.Dispose();
    }

    static Instant Now => Instant.From(TimeProvider.System.GetUtcNow());

    async Task Serve()
    {
        await Task.Yield();
        await foreach (var request in _requests.Events.ReadAllAsync())
        {
            if (request.PublicKey == Client.PublicKey)
                await Answer(request);
        }
    }

    async Task Answer(NostrEvent request)
    {
        using var key = Nip44Key.Between(Key, request.PublicKey)!;
        var modern = request.TagValue("encryption") == "nip44_v2";
        WereModern.Enqueue(modern);
        if (!(modern ? Nip44.TryDecrypt(key, request.Content, out var json) : Nip04.TryDecrypt(Key, request.PublicKey, request.Content, out json)))
            return;
        var message = JsonNode.Parse(json)!;
        var method = (string)message["method"]!;
        Requests.Enqueue((method, (string?)message["params"]!["invoice"] ?? (string?)message["params"]!["payment_hash"]));
        var answer = await Carry(method, message["params"]!);
        if (AnswersNothing && method == "pay_invoice")
            return;
        answer["result_type"] = method;
        var text = answer.ToJsonString();
        var content = modern ? Nip44.Encrypt(key, text, new SecureRandomness()) : Nip04.Encrypt(Key, request.PublicKey, text, new SecureRandomness());
        try
        {
            await _pool.Publish(
                NostrEvent.Sign(Key, Now, 23195, [new EventTag("p", request.PublicKey.ToString()), new EventTag("e", request.Id.ToString())], content), CancellationToken.None);
        }
        catch (Core.Outcomes.OutsideFault)
        {
            // Whoever asked waits in vain, as in life.
        }
    }

    async Task<JsonObject> Carry(string method, JsonNode parameters)
    {
        switch (method)
        {
            case "get_info":
                return Result(new JsonObject { ["alias"] = "test", ["methods"] = new JsonArray([.. Methods.Select(name => JsonValue.Create(name))]) });
            case "lookup_invoice":
                return LookUpState is null ? Error("NOT_FOUND", "no such invoice") : Result(new JsonObject { ["state"] = LookUpState });
            default:
                var invoice = (string)parameters["invoice"]!;
                if (_invoices.ContainsKey(invoice))
                    return Error("OTHER", "invoice is already paid");
                if (await Pay(invoice) is { } error)
                    return Error(error.Code, error.Text);
                _invoices[invoice] = [];
                return Result(new JsonObject { ["preimage"] = new string('0', 64), ["fees_paid"] = 0 });
        }
    }

    static JsonObject Result(JsonObject result) => new() { ["error"] = null, ["result"] = result };

    static JsonObject Error(string code, string text) => new() { ["error"] = new JsonObject { ["code"] = code, ["message"] = text }, ["result"] = null };
}
