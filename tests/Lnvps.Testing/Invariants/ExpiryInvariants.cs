using System.Text.Json;
using Lnvps.Core.Identity;
using Lnvps.Core.Time;
using Lnvps.Core.Vms;
using Lnvps.Database.Sessions;

namespace Lnvps.Testing.Invariants;

/// <summary>
/// 13: along the history, each renewal adds its time to the later of the old expiry and its own moment, exactly once. A refund (billing.md section 17) may only
/// shorten the time.
/// </summary>
static class ExpiryInvariants
{
    const long SecondsOfDay = 86_400;

    public static async Task<IReadOnlyList<string>> Check(Session session, CancellationToken stop)
    {
        var broken = new List<string>();
        var vms = await session.List<VmRow>("SELECT id, created, expires FROM vm", null, stop);
        var changes = (await session.List<ChangeRow>("""
            SELECT vm_id, action_type, timestamp, previous_state, new_state, metadata FROM vm_history
            WHERE action_type = @renewed OR (action_type = @changed AND metadata LIKE '%"refund_amount"%') ORDER BY id
            """, new { renewed = VmHistoryAction.Renewed, changed = VmHistoryAction.ConfigurationChanged }, stop)).ToLookup(row => row.VmId);
        foreach (var vm in vms)
        {
            var expires = vm.Created;
            foreach (var row in changes[vm.Id])
            {
                var (before, after) = (Expires(row.PreviousState), Expires(row.NewState));
                var follows = row.ActionType == VmHistoryAction.Renewed
                    ? Added(row) is { } added && after == Instant.Later(expires, row.Timestamp).PlusSeconds(added)
                    : after is { } shortened && shortened.SecondsSince(expires) <= 0;
                if (before != expires || !follows)
                    broken.Add($"13 the chain of renewals: VM {vm.Id} at {row.Timestamp}");
                expires = after ?? expires;
            }
            if (vm.Expires != expires)
                broken.Add($"13 the last renewal is the expiry: VM {vm.Id} has {vm.Expires}, history {expires}");
        }
        return broken;
    }

    static Instant? Expires(string? state) => Member(state, "expires") is { } time ? Instant.From(time.GetDateTimeOffset()) : null;

    /// <summary>Seconds, by a payment or by an operator.</summary>
    static long? Added(ChangeRow row) => Member(row.Metadata, "time_added_seconds")?.GetInt64() ?? Member(row.Metadata, "days_extended")?.GetInt64() * SecondsOfDay;

    static JsonElement? Member(string? json, string name) =>
        json is not null && JsonDocument.Parse(json).RootElement.TryGetProperty(name, out var value) ? value : null;

    sealed record VmRow
    {
        public VmId Id { get; init; }
        public Instant Created { get; init; }
        public Instant Expires { get; init; }
    }

    sealed record ChangeRow
    {
        public VmId VmId { get; init; }
        public VmHistoryAction ActionType { get; init; }
        public Instant Timestamp { get; init; }
        public string? PreviousState { get; init; }
        public string? NewState { get; init; }
        public string? Metadata { get; init; }
    }
}
