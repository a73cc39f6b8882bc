using System.Globalization;
using System.Text.Json;
using Lnvps.Core.Identity;
using Lnvps.Core.Payments;
using Lnvps.Core.Vms;
using Lnvps.Database.Sessions;

namespace Lnvps.Testing.Invariants;

/// <summary>15 and 16: what upgrades ask for can be read, and history tells of each paid payment once, with the time it added.</summary>
static class PaymentInvariants
{
    public static async Task<IReadOnlyList<string>> Check(Session session, CancellationToken stop)
    {
        var broken = new List<string>();
        var payments = await session.List<PaymentRow>("SELECT id, vm_id, external_id, time_value, is_paid, payment_type, upgrade_params FROM vm_payment", null, stop);
        var told = (await session.List<TellingRow>("SELECT id, vm_id, action_type, metadata FROM vm_history WHERE action_type IN @kinds",
            new { kinds = new[] { (int)VmHistoryAction.Renewed, (int)VmHistoryAction.PaymentReceived } }, stop)).ToLookup(row => row.VmId);
        var explained = new HashSet<uint>();
        foreach (var payment in payments)
        {
            if (payment.PaymentType == VmPaymentKind.Upgrade && !UpgradeParams.TryParse(payment.UpgradeParams, out _))
                broken.Add($"15 upgrades say what they raise: payment {payment.Id}");
            var rows = told[payment.VmId].Where(payment.IsNamedBy).ToList();
            explained.UnionWith(rows.Select(row => row.Id));
            var received = rows.Count(row => row.ActionType == VmHistoryAction.PaymentReceived);
            var renewed = rows.Count(row => row.ActionType == VmHistoryAction.Renewed);
            if (received != (payment.IsPaid ? 1 : 0) || renewed != (payment is { IsPaid: true, TimeValue: > 0 } ? 1 : 0))
                broken.Add(string.Create(CultureInfo.InvariantCulture, $"16 told once: payment {payment.Id} is paid {payment.IsPaid}, received {received}, renewed {renewed}"));
            if (rows.Exists(row => row.Number("time_added_seconds") != (long)payment.TimeValue))
                broken.Add($"16 told with the time it added: payment {payment.Id}");
        }
        broken.AddRange(told.SelectMany(rows => rows).Where(row => !explained.Contains(row.Id) && row.Number("days_extended") is null)
            .Select(row => $"16 nothing is told of payments that do not exist: row {row.Id} of VM {row.VmId}"));
        return broken;
    }

    sealed record PaymentRow
    {
        public PaymentId Id { get; init; }
        public VmId VmId { get; init; }
        public string? ExternalId { get; init; }
        public ulong TimeValue { get; init; }
        public bool IsPaid { get; init; }
        public VmPaymentKind PaymentType { get; init; }
        public string? UpgradeParams { get; init; }

        /// <summary>By its hash, or by the order at its provider.</summary>
        public bool IsNamedBy(TellingRow row) => row.Text("payment_id") == Id.ToString() || ExternalId is not null && row.Text("external_id") == ExternalId;
    }

    sealed record TellingRow
    {
        readonly Lazy<JsonElement> _json;

        public TellingRow() => _json = new Lazy<JsonElement>(() => JsonDocument.Parse(Metadata ?? "{}").RootElement);

        public uint Id { get; init; }
        public VmId VmId { get; init; }
        public VmHistoryAction ActionType { get; init; }
        public string? Metadata { get; init; }

        public string? Text(string name) => _json.Value.TryGetProperty(name, out var value) ? value.GetString() : null;

        public long? Number(string name) => _json.Value.TryGetProperty(name, out var value) ? value.GetInt64() : null;
    }
}
