using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Lnvps.Core.Catalogue;
using Lnvps.Core.Identity;
using Lnvps.Core.Payments;
using Lnvps.Core.Time;

namespace Lnvps.Core.Vms;

using Lnvps.Core.Money;

/// <summary>Builds history rows: states, metadata and sentences exactly as stored (provisioning.md section 19, data-model.md section 6.2).</summary>
public static class VmHistory
{
    public static VmHistoryEntry Created(VmSnapshot vm, UserId by) => Created(vm, by, metadata: null);

    /// <summary>Ordered by an operator for a customer; <paramref name="reason"/> is stored as null when not given.</summary>
    public static VmHistoryEntry CreatedByAdmin(VmSnapshot vm, UserId admin, string? reason) =>
        Created(vm, admin, new JsonObject { ["admin_user_id"] = admin.Value, ["admin_action"] = true, ["reason"] = reason });

    /// <param name="by">Null for the start at the end of creation.</param>
    public static VmHistoryEntry Started(VmId vm, UserId? by) => Plain(vm, VmHistoryAction.Started, by, "was started");

    public static VmHistoryEntry Stopped(VmId vm, UserId? by) => Plain(vm, VmHistoryAction.Stopped, by, "was stopped");

    public static VmHistoryEntry Restarted(VmId vm, UserId by) => Plain(vm, VmHistoryAction.Restarted, by, "was restarted");

    public static VmHistoryEntry Expired(VmId vm) => Plain(vm, VmHistoryAction.Expired, by: null, "expired");

    public static VmHistoryEntry Deleted(VmId vm, string? reason) => Plain(vm, VmHistoryAction.Deleted, by: null, Because("was deleted", reason));

    /// <summary>An operator's job: the same row with the operator as initiator. <paramref name="admin"/> is null when the job does not say who.</summary>
    public static VmHistoryEntry ByAdmin(this VmHistoryEntry entry, UserId? admin) =>
        entry with { InitiatedBy = admin, Metadata = AdminAct(admin).ToJsonString() };

    public static VmHistoryEntry Reinstalled(VmId vm, UserId by, ImageId before, ImageId after) => Plain(vm, VmHistoryAction.Reinstalled, by, "was reinstalled with new image") with
    {
        PreviousState = new JsonObject { ["image_id"] = before.Value }.ToJsonString(),
        NewState = new JsonObject { ["image_id"] = after.Value }.ToJsonString(),
    };

    public static VmHistoryEntry StateChanged(VmId vm, VmPower before, VmPower after) =>
        Plain(vm, VmHistoryAction.StateChanged, by: null, $"state changed from {before.WireName()} to {after.WireName()}") with
        {
            PreviousState = new JsonObject { ["state"] = before.WireName() }.ToJsonString(),
            NewState = new JsonObject { ["state"] = after.WireName() }.ToJsonString(),
        };

    public static VmHistoryEntry ConfigurationChanged(VmSnapshot before, VmSnapshot after, UserId? by, JsonObject? metadata = null) =>
        Plain(after.Vm, VmHistoryAction.ConfigurationChanged, by, "configuration was changed") with
        {
            PreviousState = before.ToConfigurationJson(),
            NewState = after.ToConfigurationJson(),
            Metadata = metadata?.ToJsonString(),
        };

    /// <summary>A payment with time, or an operator's extension, moved the expiry.</summary>
    public static VmHistoryEntry Renewed(VmId vm, Instant before, Instant after, PaidPayment payment) =>
        Moved(vm, before, after, $"was renewed until {Minute(after)}") with { Metadata = payment.ToJson(withMethod: false).ToJsonString() };

    public static VmHistoryEntry Extended(VmId vm, Instant before, Instant after, int days, UserId admin, string? reason)
    {
        var metadata = new JsonObject { ["admin_user_id"] = admin.Value, ["admin_action"] = true, ["days_extended"] = days };
        if (reason is not null)
            metadata["reason"] = reason;
        var text = $"was extended by {days} days until {Minute(after)}";
        return Moved(vm, before, after, reason is null ? text : $"{text} - Reason: {reason}") with { InitiatedBy = admin, Metadata = metadata.ToJsonString() };
    }

    public static VmHistoryEntry PaymentReceived(VmId vm, PaidPayment payment) =>
        Plain(vm, VmHistoryAction.PaymentReceived, by: null, $"received payment of {payment.Total.ToText()} ({payment.TimeValue} seconds added)") with
        {
            Metadata = payment.ToJson(withMethod: true).ToJsonString(),
        };

    /// <summary>Metadata as its customer reads it: what operators did, not who (no <c>admin_user_id</c>). Null when it is no JSON object.</summary>
    public static string? ForCustomer(string? metadata)
    {
        if (metadata is null)
            return null;
        try
        {
            if (JsonNode.Parse(metadata) is not JsonObject shown)
                return null;
            shown.Remove("admin_user_id");
            return shown.ToJsonString();
        }
        catch (Exception fault) when (fault is JsonException or ArgumentException)
        {
            // Not JSON, or one with a key twice: a single bad row must not break the list.
            return null;
        }
    }

    internal static JsonObject AdminAct(UserId? admin)
    {
        var act = new JsonObject { ["admin_action"] = true };
        if (admin is { } known)
            act["admin_user_id"] = known.Value;
        return act;
    }

    static VmHistoryEntry Created(VmSnapshot vm, UserId by, JsonObject? metadata) =>
        Plain(vm.Vm, VmHistoryAction.Created, by, "was created") with { NewState = vm.ToOrderJson(), Metadata = metadata?.ToJsonString() };

    static VmHistoryEntry Plain(VmId vm, VmHistoryAction action, UserId? by, string what) =>
        new(vm, action, by, PreviousState: null, NewState: null, Metadata: null, $"VM {vm} {what}");

    static VmHistoryEntry Moved(VmId vm, Instant before, Instant after, string what) => Plain(vm, VmHistoryAction.Renewed, by: null, what) with
    {
        PreviousState = new JsonObject { ["expires"] = before.ToString() }.ToJsonString(),
        NewState = new JsonObject { ["expires"] = after.ToString() }.ToJsonString(),
    };

    static string Because(string what, string? reason) => string.IsNullOrEmpty(reason) ? what : $"{what}: {reason}";

    static string Minute(Instant time) => time.ToDateTimeUtc().ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);
}

/// <summary>A settled payment as history names it.</summary>
/// <param name="ExternalId">The provider's order id; null for Lightning, which is named by its hash.</param>
/// <param name="Total">amount + tax + fee.</param>
/// <param name="TimeValue">Seconds added; 0 for upgrades.</param>
public sealed record PaidPayment(PaymentId Id, string? ExternalId, PaymentMethod Method, Money Total, long TimeValue)
{
    internal JsonObject ToJson(bool withMethod)
    {
        var json = new JsonObject
        {
            ["payment_amount"] = Total.Amount,
            ["payment_currency"] = Total.Currency.Code(),
            ["time_added_seconds"] = TimeValue,
        };
        if (withMethod)
            json["payment_method"] = Method.WireName();
        if (ExternalId is null)
            json["payment_id"] = Id.ToString();
        else
            json["external_id"] = ExternalId;
        return json;
    }
}
