using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Lnvps.Core.Identity;
using Lnvps.Core.Money;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Payments;
using Lnvps.Core.Time;
using Lnvps.Lightning.Bolt11;
using Lnvps.Lightning.Nodes;
using Lnvps.Nostr.Keys;

namespace Lnvps.Lightning.Development;

/// <summary>An invoice was paid at the development node.</summary>
/// <param name="PaymentHash">The payment's id.</param>
/// <param name="Preimage">Proof of payment: its SHA-256 is the payment hash.</param>
/// <param name="Amount">Millisatoshi.</param>
/// <param name="WasPaidBefore">True: this call changed nothing.</param>
public sealed record PaidInvoice(Bytes32 PaymentHash, Bytes32 Preimage, Msat Amount, bool WasPaidBefore);

/// <summary>
/// A Lightning node without a network, for development and tests: its invoices are real and signed (regtest), and who knows one can pay it for
/// nothing (<see cref="Pay"/>). Invoices lapse by the business clock. Everything survives a restart, the node's key too.
/// </summary>
public sealed class DevelopmentNode : ILightningNode, ILightningPayer
{
    /// <summary>How soon a settlement by another process is noticed.</summary>
    public static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(200);

    /// <summary>Blocks for the last hop, as LND asks.</summary>
    const ulong MinFinalCltvDelta = 80;

    const int OptionalMultiPart = FeatureBits.BasicMultiPart + 1;
    const int BatchSize = 100;

    readonly IDevelopmentInvoices _invoices;
    readonly IClock _clock;
    readonly TimeProvider _time;
    readonly RandomNumberGenerator _random;
    readonly Bytes32 _key;
    readonly SettledSignal _settled = new();

    DevelopmentNode(IDevelopmentInvoices invoices, IClock clock, TimeProvider time, RandomNumberGenerator random, Bytes32 key)
    {
        (_invoices, _clock, _time, _random, _key) = (invoices, clock, time, random, key);
        Span<byte> id = stackalloc byte[NodeId.Length];
        Secp256k1.CompressedPublicKeyFromSecret(key.ToArray(), id);
        Id = new NodeId(new ByteString(id));
    }

    /// <summary>The node's public key, the same as long as the store lives.</summary>
    public NodeId Id { get; }

    /// <summary>Opens the node with the key in the store, or a fresh one at first.</summary>
    /// <param name="invoices">Its memory.</param>
    /// <param name="clock">Decides when invoices are made and lapse.</param>
    /// <param name="time">Paces the look for settlements by other processes.</param>
    /// <param name="random">Source of key, preimages and payment secrets.</param>
    /// <param name="stop">Cancels the reading of the key.</param>
    public static async Task<DevelopmentNode> Open(
        IDevelopmentInvoices invoices, IClock clock, TimeProvider time, RandomNumberGenerator random, CancellationToken stop)
    {
        var fresh = Random32(random);
        while (!Secp256k1.IsSecretKey(fresh.ToArray()))
            fresh = Random32(random);
        return new DevelopmentNode(invoices, clock, time, random, await invoices.NodeKey(fresh, stop));
    }

    public async Task<Invoice> CreateInvoice(InvoiceRequest request, CancellationToken stop)
    {
        request.Check();
        var preimage = Random32(_random);
        var hash = HashOf(preimage);
        var now = _clock.Now;
        var lifetime = (ulong)request.Lifetime.TotalSeconds;
        InvoiceField purpose = request.DescriptionHash is { } descriptionHash
            ? new InvoiceField.DescriptionHash(descriptionHash)
            : new InvoiceField.Description(Memo.Cut(request.Memo));
        var content = new InvoiceContent(LightningNetwork.Regtest, request.Amount, now,
        [
            new InvoiceField.PaymentHash(hash),
            new InvoiceField.PaymentSecret(Random32(_random)),
            purpose,
            new InvoiceField.Expiry(lifetime),
            new InvoiceField.MinFinalCltvDelta(MinFinalCltvDelta),
            new InvoiceField.Features(FeatureBits.Of(FeatureBits.VariableOnion, FeatureBits.PaymentSecret, OptionalMultiPart)),
        ]);
        var text = Bolt11Encoder.Encode(content, _key.ToArray());
        await _invoices.Add(new DevelopmentInvoice
        {
            PaymentHash = hash,
            Preimage = preimage,
            PaymentRequest = text,
            Amount = request.Amount,
            Expires = now.PlusSeconds((long)lifetime),
        }, stop);
        return new Invoice(hash, text);
    }

    public async Task<InvoiceStatus> LookUp(Bytes32 paymentHash, CancellationToken stop) =>
        await _invoices.Find(paymentHash, stop) switch
        {
            null => new InvoiceStatus(InvoiceState.Unknown, 0),
            // LND, too, cancels what has lapsed.
            { State: InvoiceState.Open } open when HasLapsed(open) => new InvoiceStatus(InvoiceState.Cancelled, 0),
            var invoice => new InvoiceStatus(invoice.State, invoice.SettleIndex),
        };

    public Task Cancel(Bytes32 paymentHash, CancellationToken stop) => _invoices.Cancel(paymentHash, stop);

    public async IAsyncEnumerable<Settlement> WatchSettled(ulong settleIndex, [EnumeratorCancellation] CancellationToken stop)
    {
        var cursor = settleIndex == 0 ? await _invoices.LastSettleIndex(stop) : settleIndex;
        using var timer = new PeriodicTimer(PollInterval, _time);
        var tick = timer.WaitForNextTickAsync(stop).AsTask();
        while (true)
        {
            var signal = _settled.Next;
            var settled = await _invoices.SettledAfter(cursor, BatchSize, stop);
            foreach (var settlement in settled)
            {
                cursor = settlement.SettleIndex;
                yield return settlement;
            }
            if (settled.Count == 0 && await Task.WhenAny(signal, tick) == tick)
            {
                await tick;
                tick = timer.WaitForNextTickAsync(stop).AsTask();
            }
        }
    }

    /// <summary>
    /// Pays one of this node's invoices, once. Paying it again answers as before and changes nothing.
    /// </summary>
    /// <param name="paymentRequest">BOLT-11 text of either case, with or without <c>lightning:</c> before it.</param>
    /// <param name="stop">Cancels the call; the payment may have happened all the same.</param>
    /// <returns>Refused: not an invoice, of another network or node, unknown, lapsed or cancelled.</returns>
    public async Task<Result<PaidInvoice>> Pay(string paymentRequest, CancellationToken stop)
    {
        const string scheme = "lightning:";
        var text = paymentRequest.AsSpan().Trim();
        if (text.StartsWith(scheme, StringComparison.OrdinalIgnoreCase))
            text = text[scheme.Length..];
        var decoded = Bolt11Decoder.Decode(text);
        if (!decoded.IsOk)
            return decoded.Refusal;
        if (decoded.Value.Network != LightningNetwork.Regtest)
            return Refusal.Invalid("Invoice is for another network: the development node pays regtest invoices only");
        if (decoded.Value.Payee != Id)
            return Refusal.Invalid("Invoice is not from this node");
        return await Pay(decoded.Value.PaymentHash, text.ToString().ToLowerInvariant(), stop);
    }

    Task<LightningNetwork> ILightningPayer.Network(CancellationToken stop) => Task.FromResult(LightningNetwork.Regtest);

    // Without other nodes it can pay only invoices of its own, from one of its pockets into the other.
    async Task<OutgoingPayment> ILightningPayer.Pay(PayOrder order, CancellationToken stop)
    {
        var paid = await Pay(order.Invoice, stop);
        return paid.IsOk ? OutgoingPayment.Succeeded(paid.Value.Preimage) : OutgoingPayment.Failed(paid.Refusal.Message);
    }

    // What it settled counts as paid by it, by whomever.
    async Task<OutgoingPayment> ILightningPayer.LookUpPayment(Bytes32 paymentHash, CancellationToken stop) =>
        await _invoices.Find(paymentHash, stop) is { State: InvoiceState.Settled } settled ? OutgoingPayment.Succeeded(settled.Preimage) : OutgoingPayment.Unknown;

    async Task<Result<PaidInvoice>> Pay(Bytes32 hash, string text, CancellationToken stop)
    {
        while (true)
        {
            if (await _invoices.Find(hash, stop) is not { } invoice || invoice.PaymentRequest != text)
                return Refusal.NotFound("Invoice is not known to this node");
            if (invoice.State == InvoiceState.Settled)
                return new PaidInvoice(hash, invoice.Preimage, invoice.Amount, WasPaidBefore: true);
            if (invoice.State == InvoiceState.Cancelled)
                return Refusal.Conflict("Invoice was cancelled");
            if (HasLapsed(invoice))
                return Refusal.Conflict("Invoice has lapsed");
            if (await _invoices.Settle(hash, stop) is not null)
            {
                _settled.Fire();
                return new PaidInvoice(hash, invoice.Preimage, invoice.Amount, WasPaidBefore: false);
            }
            // Paid or cancelled by someone else in between: look again.
        }
    }

    bool HasLapsed(DevelopmentInvoice invoice) => invoice.Expires <= _clock.Now;

    static Bytes32 HashOf(Bytes32 preimage) => new(SHA256.HashData(preimage.ToArray()));

    static Bytes32 Random32(RandomNumberGenerator random)
    {
        Span<byte> bytes = stackalloc byte[32];
        random.GetBytes(bytes);
        return new Bytes32(bytes);
    }
}
