using System.Globalization;
using System.Text.Json.Nodes;
using Lnvps.Core.Identity;
using Lnvps.Lightning.Bolt11;

namespace Lnvps.Testing.Lightning;

/// <summary>The paying side of the simulator: LND's router, which pays a hash once.</summary>
public sealed class LndPayments
{
    readonly Lock _lock = new();
    readonly Dictionary<Bytes32, (string Status, string Reason)> _payments = [];
    readonly Dictionary<Bytes32, Bytes32> _preimages = [];

    /// <summary>How the next payments end: <c>SUCCEEDED</c>, <c>FAILED</c>, or <c>IN_FLIGHT</c> until <see cref="Finish"/>.</summary>
    public string Outcome { get; set; } = "SUCCEEDED";

    /// <summary>What every request is refused with before anything is sent, as LND words it; null = none is.</summary>
    public string? Refusal { get; set; }

    /// <summary>A proof that does not fit is given instead of the right one.</summary>
    public bool LiesAboutProof { get; set; }

    /// <summary>Payments that were sent on their way.</summary>
    public int Sent { get; private set; }

    /// <summary>Somebody whom this node can pay.</summary>
    public void Know(Bytes32 preimage) => _preimages[new Bytes32(System.Security.Cryptography.SHA256.HashData(preimage.ToArray()))] = preimage;

    /// <summary>What is under way comes to its end.</summary>
    public void Finish(Bytes32 hash, string status)
    {
        lock (_lock)
            _payments[hash] = (status, status == "FAILED" ? "FAILURE_REASON_TIMEOUT" : "FAILURE_REASON_NONE");
    }

    /// <summary>SendPaymentV2: the lines of the answer, or an error.</summary>
    internal (IReadOnlyList<JsonObject>? Lines, int Code, string Error) Send(JsonObject request)
    {
        var invoice = Bolt11Decoder.Decode((string)request["payment_request"]!);
        if (!invoice.IsOk || request["timeout_seconds"]!.GetValue<int>() <= 0 || long.Parse(request["fee_limit_msat"]!.ToString(), CultureInfo.InvariantCulture) <= 0)
            return (null, 2, "invalid payment request");
        if (Refusal is { } refusal)
            return (null, 2, refusal);
        var hash = invoice.Value.PaymentHash;
        lock (_lock)
        {
            switch (_payments.GetValueOrDefault(hash).Status)
            {
                case "SUCCEEDED":
                    return (null, 6, "invoice is already paid");
                case "IN_FLIGHT":
                    return (null, 6, "payment is in transition");
            }
            Sent++;
            _payments[hash] = !_preimages.ContainsKey(hash) ? ("FAILED", "FAILURE_REASON_NO_ROUTE")
                : (Outcome, Outcome == "FAILED" ? "FAILURE_REASON_INSUFFICIENT_BALANCE" : "FAILURE_REASON_NONE");
            return ([Json(hash)], 0, "");
        }
    }

    /// <summary>TrackPaymentV2: how it stands; null when this node never began it.</summary>
    internal JsonObject? Track(Bytes32 hash)
    {
        lock (_lock)
            return _payments.ContainsKey(hash) ? Json(hash) : null;
    }

    JsonObject Json(Bytes32 hash)
    {
        var (status, reason) = _payments[hash];
        var proof = LiesAboutProof ? new Bytes32(new byte[32]) : _preimages.GetValueOrDefault(hash);
        return new JsonObject
        {
            ["payment_hash"] = hash.ToString(),
            ["value_msat"] = "1000",
            ["status"] = status,
            ["failure_reason"] = reason,
            ["payment_preimage"] = status == "SUCCEEDED" ? proof.ToString() : new string('0', 64),
            ["htlcs"] = new JsonArray(),
            ["payment_index"] = "1",
        };
    }
}
