using System.Globalization;
using System.Runtime.CompilerServices;
using Lnvps.Core.Identity;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Payments;
using Lnvps.Lightning.Bolt11;
using Lnvps.Lightning.Nodes;

namespace Lnvps.Lightning.Lnd;

/// <summary>An LND node through its REST gateway (billing.md section 13).</summary>
public sealed class LndNode : ILightningNode, ILightningPayer, IDisposable
{
    // gRPC codes in a stream that repeating does not cure: invalid argument, permission denied, unimplemented, unauthenticated.
    static readonly int[] LastingCodes = [3, 7, 12, 16];

    readonly LndConnection _connection;

    readonly LndPayer _payer;

    LndNode(LndConnection connection) => (_connection, _payer) = (connection, new LndPayer(connection));

    /// <summary>Reads certificate and macaroon; asks the node nothing.</summary>
    /// <param name="settings">Address and files.</param>
    /// <param name="time">Paces time-outs.</param>
    /// <exception cref="OutsideFault">The settings cannot be used (fatal; the message says why and names the file).</exception>
    public static LndNode Open(LndSettings settings, TimeProvider time) => new(LndConnection.Open(settings, time));

    /// <summary>Asks the node something harmless that every macaroon for invoices allows.</summary>
    /// <exception cref="OutsideFault">It cannot be reached, is not the one with the configured certificate, or refuses the macaroon.</exception>
    public Task CheckConnection(CancellationToken stop) => LookUp(default, stop);

    public async Task<Invoice> CreateInvoice(InvoiceRequest request, CancellationToken stop)
    {
        request.Check();
        var reply = await _connection.Post("/v1/invoices", new NewInvoice
        {
            Memo = request.DescriptionHash is null ? Memo.Cut(request.Memo) : null,
            DescriptionHash = request.DescriptionHash?.ToArray(),
            ValueMsat = (long)request.Amount.Value,
            Expiry = (long)request.Lifetime.TotalSeconds,
        }, LndJson.Default.NewInvoice, stop);
        var added = reply.Read(LndJson.Default.AddedInvoice);
        var hash = Hash(added.RHash);
        // What the customer pays must be what was asked for. New features of the node are its own affair, so they are not judged.
        var invoice = Bolt11Decoder.Read(added.PaymentRequest);
        if (!invoice.IsOk)
            throw OutsideFault.Fatal($"LND made an invoice that cannot be read: {invoice.Refusal.Message}");
        if (invoice.Value.PaymentHash != hash || invoice.Value.Amount != request.Amount)
            throw OutsideFault.Fatal("LND made another invoice than it was asked for");
        return new Invoice(hash, added.PaymentRequest!);
    }

    public async Task<InvoiceStatus> LookUp(Bytes32 paymentHash, CancellationToken stop)
    {
        // base64 as text in an address: '-' and '_', with the padding that the gateway demands.
        var hash = Convert.ToBase64String(paymentHash.ToArray()).Replace('+', '-').Replace('/', '_').Replace("=", "%3D", StringComparison.Ordinal);
        var reply = await _connection.Get($"/v2/invoices/lookup?payment_hash={hash}", stop);
        if (reply.SaysNoSuchInvoice)
            return new InvoiceStatus(InvoiceState.Unknown, 0);
        var invoice = reply.Read(LndJson.Default.NodeInvoice);
        if (Hash(invoice.RHash) != paymentHash)
            throw OutsideFault.Fatal("LND answered with another invoice than it was asked for");
        var state = State(invoice);
        return new InvoiceStatus(state, state == InvoiceState.Settled ? invoice.SettleIndex : 0) { SettledAt = state == InvoiceState.Settled ? SettledAt(invoice) : null };
    }

    public async Task Cancel(Bytes32 paymentHash, CancellationToken stop)
    {
        var reply = await _connection.Post("/v2/invoices/cancel", new CancelInvoice { PaymentHash = paymentHash.ToArray() }, LndJson.Default.CancelInvoice, stop);
        if (reply.IsSuccess || reply.SaysNoSuchInvoice)
            return;
        // Whether it was too late is known only by asking: LND says so in words alone.
        if ((await LookUp(paymentHash, stop)).State is InvoiceState.Open or InvoiceState.Accepted)
            throw reply.Fault();
    }

    public async IAsyncEnumerable<Settlement> WatchSettled(ulong settleIndex, [EnumeratorCancellation] CancellationToken stop)
    {
        using var stream = await _connection.Stream(
            string.Create(CultureInfo.InvariantCulture, $"/v1/invoices/subscribe?settle_index={settleIndex}"), stop);
        while (await stream.ReadLine(stop) is { } line)
        {
            if (Settled(line.Span) is { } settlement)
                yield return settlement;
        }
        throw OutsideFault.Transient("LND ended its stream of invoices");
    }

    public Task<LightningNetwork> Network(CancellationToken stop) => _payer.Network(stop);

    public Task<OutgoingPayment> Pay(PayOrder order, CancellationToken stop) => _payer.Pay(order, stop);

    public Task<OutgoingPayment> LookUpPayment(Bytes32 paymentHash, CancellationToken stop) => _payer.LookUpPayment(paymentHash, stop);

    public void Dispose() => _connection.Dispose();

    /// <summary>The settlement a line tells of; null for any other event.</summary>
    Settlement? Settled(ReadOnlySpan<byte> json)
    {
        var line = LndReply.Parse(json, LndJson.Default.StreamLine);
        if (line.Error is { } error)
            throw new OutsideFault(!LastingCodes.Contains(error.Code), $"LND ended its stream of invoices: {_connection.Clean(error.Message ?? "")} (code {error.Code})");
        return line.Result is { } invoice
            ? State(invoice) == InvoiceState.Settled ? new Settlement(Hash(invoice.RHash), invoice.SettleIndex) { SettledAt = SettledAt(invoice) } : null
            : throw OutsideFault.Fatal("LND's stream holds a line without an event");
    }

    static Bytes32 Hash(byte[]? bytes) => bytes is { Length: 32 } ? new Bytes32(bytes) : throw OutsideFault.Fatal("LND's answer has no payment hash");

    // A date that no calendar has says as little as none.
    static DateTimeOffset? SettledAt(NodeInvoice invoice) =>
        invoice.SettleDate is > 0 and < 253_402_300_800 ? DateTimeOffset.FromUnixTimeSeconds(invoice.SettleDate) : null;

    // Proto3: the first value may be left out.
    static InvoiceState State(NodeInvoice invoice) => invoice.State switch
    {
        "OPEN" or null => InvoiceState.Open,
        "ACCEPTED" => InvoiceState.Accepted,
        "SETTLED" => InvoiceState.Settled,
        "CANCELED" => InvoiceState.Cancelled,
        _ => throw OutsideFault.Fatal("LND's answer has an unknown state of an invoice"),
    };
}
