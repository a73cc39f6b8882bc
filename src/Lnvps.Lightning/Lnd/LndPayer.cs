using System.Security.Cryptography;
using System.Text.Json;
using Lnvps.Core.Identity;
using Lnvps.Core.Outcomes;
using Lnvps.Lightning.Bolt11;
using Lnvps.Lightning.Nodes;

namespace Lnvps.Lightning.Lnd;

/// <summary>Paying through LND's router over REST (billing.md sections 13 and 17): <c>SendPaymentV2</c> and <c>TrackPaymentV2</c>.</summary>
sealed class LndPayer(LndConnection connection) : ILightningPayer
{
    // gRPC codes.
    const int InvalidArgument = 3, NotFound = 5, AlreadyExists = 6;

    static readonly string[] RefusedRequests = ["invoice expired", "self-payments not allowed", "not for current active network"];

    public async Task<LightningNetwork> Network(CancellationToken stop)
    {
        var info = (await connection.Get("/v1/getinfo", stop)).Read(LndPayJson.Default.NodeInfo);
        return info.Chains?.FirstOrDefault()?.Network switch
        {
            "mainnet" => LightningNetwork.Mainnet,
            "testnet" or "testnet4" => LightningNetwork.Testnet,
            "signet" => LightningNetwork.Signet,
            "regtest" => LightningNetwork.Regtest,
            _ => throw OutsideFault.Fatal("LND does not say which network it is on"),
        };
    }

    public async Task<OutgoingPayment> Pay(PayOrder order, CancellationToken stop)
    {
        var invoice = Bolt11Decoder.Decode(order.Invoice);
        if (!invoice.IsOk)
            throw OutsideFault.Fatal($"The invoice to pay cannot be read: {invoice.Refusal.Message}");
        var message = new SendPayment
        {
            PaymentRequest = order.Invoice,
            TimeoutSeconds = (int)order.Limit.TotalSeconds,
            FeeLimitMsat = (long)order.FeeLimit.Value,
            NoInflightUpdates = true,
        };
        var line = await Ask(HttpMethod.Post, "/v2/router/send", JsonSerializer.SerializeToUtf8Bytes(message, LndPayJson.Default.SendPayment), IsOver, stop);
        var isRefused = SaysNeverToBePaid(line.Error);
        if (!isRefused && Read(line, invoice.Value.PaymentHash) is { } outcome)
            return outcome;
        // Somebody asked before: what became of that?
        var earlier = await LookUpPayment(invoice.Value.PaymentHash, stop);
        if (earlier.State != OutgoingState.Unknown)
            return earlier;
        return isRefused ? OutgoingPayment.Failed(connection.Clean(line.Error?.Message ?? "")) : throw Fault(line);
    }

    /// <summary>
    /// Whether the node will not even begin, now or later: what it says while it reads the request. It gives these no code of their own; nearly every error has 2, also
    /// "the wallet is locked". What it does not find a way for it has begun, and says so as the payment's end.
    /// </summary>
    static bool SaysNeverToBePaid(NodeError? error) => error is not null
        && (error.Code == InvalidArgument || RefusedRequests.Any(text => error.Message?.Contains(text, StringComparison.OrdinalIgnoreCase) ?? false));

    public async Task<OutgoingPayment> LookUpPayment(Bytes32 paymentHash, CancellationToken stop)
    {
        var hash = Convert.ToBase64String(paymentHash.ToArray()).Replace('+', '-').Replace('/', '_').Replace("=", "%3D", StringComparison.Ordinal);
        // The first line says how it stands; the stream goes on only while it is under way.
        var line = await Ask(HttpMethod.Get, $"/v2/router/track/{hash}", body: null, _ => true, stop);
        // The gateway's "Not Found" is about the path.
        if (line.Error is { Code: NotFound, Message: { } message } && !message.Equals("Not Found", StringComparison.OrdinalIgnoreCase))
            return OutgoingPayment.Unknown;
        return Read(line, paymentHash) ?? throw Fault(line);
    }

    /// <summary>Reads a stream up to the line that is wanted; an error in its place is a line, too.</summary>
    async Task<PaymentLine> Ask(HttpMethod method, string path, byte[]? body, Func<PaymentLine, bool> isWanted, CancellationToken stop)
    {
        var (refused, opened) = await connection.TryStream(method, path, body, stop);
        if (refused is not null)
            return refused.Error() is { } error ? new PaymentLine { Error = error } : throw refused.Fault();
        using var stream = opened!;
        while (await stream.ReadLine(stop) is { } text)
        {
            var line = LndReply.Parse(text.Span, LndPayJson.Default.PaymentLine);
            if (line.Error is not null || isWanted(line))
                return line;
        }
        throw OutsideFault.Transient("LND ended the stream of a payment before its end");
    }

    static bool IsOver(PaymentLine line) => line.Result?.Status is "SUCCEEDED" or "FAILED";

    /// <summary>Null for an error that says that the hash is known to the node; other errors are thrown.</summary>
    OutgoingPayment? Read(PaymentLine line, Bytes32 paymentHash)
    {
        if (line.Error is { } error)
            return error.Code == AlreadyExists || (error.Message?.Contains("already", StringComparison.OrdinalIgnoreCase) ?? false) ? null : throw Fault(line);
        var payment = line.Result ?? throw OutsideFault.Fatal("LND's stream of a payment holds a line without an event");
        if (!Bytes32.TryParseHex(payment.PaymentHash, out var hash) || hash != paymentHash)
            throw OutsideFault.Fatal("LND answered with another payment than it was asked for");
        switch (payment.Status)
        {
            case "SUCCEEDED":
                return Bytes32.TryParseHex(payment.PaymentPreimage, out var preimage) && new Bytes32(SHA256.HashData(preimage.ToArray())) == paymentHash
                    ? OutgoingPayment.Succeeded(preimage)
                    : throw OutsideFault.Fatal("LND says that it has paid and gives no proof of it");
            case "FAILED":
                return OutgoingPayment.Failed(connection.Clean(payment.FailureReason ?? "no reason given"));
            case "IN_FLIGHT" or "INITIATED":
                return OutgoingPayment.InFlight;
            default:
                throw OutsideFault.Fatal("LND's answer has an unknown state of a payment");
        }
    }

    OutsideFault Fault(PaymentLine line) => OutsideFault.Transient($"LND did not pay: {connection.Clean(line.Error?.Message ?? "")} (code {line.Error?.Code})");
}
