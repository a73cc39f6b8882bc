using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Lnvps.Core.Identity;
using Lnvps.Core.Money;
using Lnvps.Core.Time;
using Lnvps.Lightning.Bolt11;

namespace Lnvps.Testing.Lightning;

/// <summary>The invoice registry of the simulator: states, indices and LND's JSON of them. Invoices are real ones for regtest.</summary>
/// <param name="time">Dates and lapses them.</param>
/// <param name="changed">Called with an invoice's JSON whenever something happened to it.</param>
sealed class LndInvoices(TimeProvider time, Action<JsonObject> changed)
{
    sealed record Entry(
        Bytes32 Hash, Bytes32 Preimage, Bytes32 Secret, string Text, string Memo, byte[]? DescriptionHash, ulong Msat, Instant Created, long Expiry, ulong AddIndex)
    {
        public string State { get; set; } = "OPEN";
        public ulong SettleIndex { get; set; }
        public Instant? SettleDate { get; set; }
    }

    readonly Lock _lock = new();
    readonly byte[] _key = RandomNumberGenerator.GetBytes(32);
    readonly Dictionary<Bytes32, Entry> _entries = [];
    readonly List<Entry> _settled = [];

    Instant Now => Instant.From(time.GetUtcNow());

    /// <summary>AddInvoice: the answer, or the message of the error.</summary>
    public (JsonObject? Answer, string? Error) Add(JsonObject request)
    {
        var msat = Number(request, "value_msat");
        var expiry = request.ContainsKey("expiry") ? Number(request, "expiry") : 86_400;
        var memo = (string?)request["memo"] ?? "";
        var hashText = (string?)request["description_hash"];
        if (msat < 0 || expiry < 0)
            return (null, "payments of negative value are not allowed");
        if (System.Text.Encoding.UTF8.GetByteCount(memo) > 639)
            return (null, "memo too large");
        var descriptionHash = hashText is null ? null : Convert.FromBase64String(hashText);
        if (descriptionHash is { Length: not 32 })
            return (null, "description hash is not 32 bytes");

        var preimage = Random();
        var hash = new Bytes32(SHA256.HashData(preimage.ToArray()));
        var secret = Random();
        var content = new InvoiceContent(LightningNetwork.Regtest, msat == 0 ? null : new Msat((ulong)msat), Now,
        [
            new InvoiceField.PaymentHash(hash),
            descriptionHash is null ? new InvoiceField.Description(memo) : new InvoiceField.DescriptionHash(new Bytes32(descriptionHash)),
            new InvoiceField.Expiry((ulong)expiry),
            new InvoiceField.MinFinalCltvDelta(80),
            new InvoiceField.PaymentSecret(secret),
            new InvoiceField.Features(FeatureBits.Of(8, 14, 17)),
        ]);
        Entry entry;
        lock (_lock)
        {
            entry = new Entry(hash, preimage, secret, Bolt11Encoder.Encode(content, _key), memo, descriptionHash, (ulong)msat, Now, expiry,
                (ulong)_entries.Count + 1);
            _entries.Add(hash, entry);
        }
        changed(Json(entry));
        return (new JsonObject
        {
            ["r_hash"] = Base64(hash),
            ["payment_request"] = entry.Text,
            ["add_index"] = Text(entry.AddIndex),
            ["payment_addr"] = Base64(secret),
        }, null);
    }

    public JsonObject? Find(Bytes32 hash)
    {
        lock (_lock)
            return Current(hash) is { } entry ? Json(entry) : null;
    }

    /// <summary>Settles an open or accepted invoice and returns its settle index; throws when the payer of a real node would fail.</summary>
    public ulong Settle(Bytes32 hash)
    {
        Entry entry;
        lock (_lock)
        {
            entry = Current(hash) is { State: "OPEN" or "ACCEPTED" } open ? open : throw new InvalidOperationException("The invoice cannot be paid");
            entry.State = "SETTLED";
            entry.SettleDate = Now;
            entry.SettleIndex = (ulong)_settled.Count + 1;
            _settled.Add(entry);
        }
        changed(Json(entry));
        return entry.SettleIndex;
    }

    /// <summary>The payment is on its way but not settled.</summary>
    public void Accept(Bytes32 hash) => Set(hash, "ACCEPTED");

    /// <summary>CancelInvoice: the message of the error, or null.</summary>
    public string? Cancel(Bytes32 hash)
    {
        lock (_lock)
        {
            switch (Current(hash)?.State)
            {
                case null:
                    return "unable to locate invoice";
                case "SETTLED":
                    return "invoice already settled";
                case "CANCELED":
                    return null;
            }
        }
        Set(hash, "CANCELED");
        return null;
    }

    /// <summary>The JSON of what was settled after an index, in order.</summary>
    public IReadOnlyList<JsonObject> SettledAfter(ulong index)
    {
        lock (_lock)
            return [.. _settled.Where(entry => entry.SettleIndex > index).Select(Json)];
    }

    void Set(Bytes32 hash, string state)
    {
        Entry entry;
        lock (_lock)
        {
            entry = Current(hash) ?? throw new InvalidOperationException("No such invoice");
            entry.State = state;
        }
        changed(Json(entry));
    }

    // What has lapsed is cancelled as soon as somebody looks.
    Entry? Current(Bytes32 hash)
    {
        var entry = _entries.GetValueOrDefault(hash);
        if (entry is { State: "OPEN" } && entry.Created.PlusSeconds(entry.Expiry) <= Now)
            entry.State = "CANCELED";
        return entry;
    }

    JsonObject Json(Entry entry)
    {
        var paid = entry.State == "SETTLED" ? entry.Msat : 0;
        return new JsonObject
        {
            ["memo"] = entry.Memo,
            ["r_preimage"] = Base64(entry.Preimage),
            ["r_hash"] = Base64(entry.Hash),
            ["value"] = Text(entry.Msat / 1000),
            ["value_msat"] = Text(entry.Msat),
            ["settled"] = entry.State == "SETTLED",
            ["creation_date"] = Text((ulong)entry.Created.UnixSeconds),
            ["settle_date"] = Text((ulong)(entry.SettleDate?.UnixSeconds ?? 0)),
            ["payment_request"] = entry.Text,
            ["description_hash"] = entry.DescriptionHash is null ? "" : Convert.ToBase64String(entry.DescriptionHash),
            ["expiry"] = Text((ulong)entry.Expiry),
            ["fallback_addr"] = "",
            ["cltv_expiry"] = "80",
            ["route_hints"] = new JsonArray(),
            ["private"] = false,
            ["add_index"] = Text(entry.AddIndex),
            ["settle_index"] = Text(entry.SettleIndex),
            ["amt_paid"] = Text(paid),
            ["amt_paid_sat"] = Text(paid / 1000),
            ["amt_paid_msat"] = Text(paid),
            ["state"] = entry.State,
            ["htlcs"] = new JsonArray(),
            ["features"] = new JsonObject
            {
                ["8"] = new JsonObject { ["name"] = "tlv-onion", ["is_required"] = true, ["is_known"] = true },
                ["14"] = new JsonObject { ["name"] = "payment-addr", ["is_required"] = true, ["is_known"] = true },
                ["17"] = new JsonObject { ["name"] = "multi-path-payments", ["is_required"] = false, ["is_known"] = true },
            },
            ["is_keysend"] = false,
            ["payment_addr"] = Base64(entry.Secret),
            ["is_amp"] = false,
            ["amp_invoice_state"] = new JsonObject(),
        };
    }

    // LND takes 64-bit numbers as text or number.
    static long Number(JsonObject request, string name) => request[name] is { } value
        ? long.Parse(value.ToString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture)
        : 0;

    static string Text(ulong number) => number.ToString(CultureInfo.InvariantCulture);

    static string Base64(Bytes32 bytes) => Convert.ToBase64String(bytes.ToArray());

    static Bytes32 Random() => new(RandomNumberGenerator.GetBytes(32));
}
