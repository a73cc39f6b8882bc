using System.Text;
using Lnvps.Core.Catalogue;
using Lnvps.Core.Identity;
using Lnvps.Core.Time;
using Lnvps.Database.Sessions;
using Lnvps.Database.Users;
using Lnvps.Database.Vms;
using Lnvps.Nostr.Encodings;
using Lnvps.Platform.Workflows;

namespace Lnvps.Platform.Notifications;

/// <summary>What customers and operators are told of a VM (provisioning.md section 18.3), each message once per VM, event and expiry.</summary>
static class VmMessages
{
    public static async Task Created(Session session, VmRecord record, UserRow owner, Instant now, CancellationToken stop)
    {
        var vm = record.Vm;
        var text = new StringBuilder()
            .Append("VM ").Append(vm.Id).AppendLine(" was created.")
            .Append("Image: ").Append(vm.ImageDistribution.Title()).Append(' ').AppendLine(vm.ImageVersion)
            .Append("CPU: ").Append(vm.Cpu).AppendLine()
            .Append("RAM: ").Append(vm.Memory.GibRoundedDown).AppendLine(" GB")
            .Append("Disk: ").Append(vm.DiskSize.GibRoundedDown).AppendLine(" GB");
        foreach (var address in record.Addresses)
            text.AppendLine(address.DnsForward is null ? $"IP: {address.Ip}" : $"IP: {address.Ip} ({address.DnsForward})");
        var key = Key(vm.Id, "created", vm.Expires);
        var title = $"[VM{vm.Id}] Created";
        await Notifications.Queue(session, vm.UserId, key, title, text.ToString().TrimEnd(), now, stop);
        text.Append("Owner: ").AppendLine(owner.Pubkey.ToNpub());
        await Notifications.QueueForOperators(session, key, title, text.ToString().TrimEnd(), now, stop);
    }

    public static Task DeletedAfterGrace(Session session, VmRow vm, Instant now, CancellationToken stop) =>
        Both(session, vm, "deleted", $"[VM{vm.Id}] Deleted", $"VM {vm.Id} had expired and was deleted.", now, stop);

    public static async Task DeletedByOperator(Session session, VmRow vm, string? reason, Instant now, CancellationToken stop)
    {
        var title = $"[VM{vm.Id}] Deleted by Admin";
        var text = $"VM {vm.Id} was deleted.\nReason: {(string.IsNullOrWhiteSpace(reason) ? "An administrator requested it" : reason)}";
        var key = Key(vm.Id, "deleted", vm.Expires);
        await Notifications.Queue(session, vm.UserId, key, title, text, now, stop);
        await Notifications.QueueForOperators(session, key, title, $"{text}\nUser: {vm.UserId}", now, stop);
    }

    public static Task NotDeleted(Session session, VmRow vm, Instant now, CancellationToken stop) =>
        Notifications.QueueForOperators(session, Key(vm.Id, "not-deleted", vm.Expires), $"VM {vm.Id} was not deleted",
            $"VM {vm.Id} of user {vm.UserId} was paid for after its deletion was asked for, and lives on until {vm.Expires}. Ask again if it is to go all the same.", now, stop);

    public static Task PaidWhileRemoved(Session session, VmRow vm, Instant now, CancellationToken stop) =>
        Both(session, vm, "revived", $"[VM{vm.Id}] Created Anew",
            $"The payment for VM {vm.Id} arrived while it was being removed. It is made anew, with an empty disk and new addresses.", now, stop);

    /// <param name="payment">Id of the payment: each upgrade is told of once.</param>
    public static Task Upgraded(Session session, VmDetailsRow vm, string payment, Instant now, CancellationToken stop) =>
        Notifications.Queue(session, vm.UserId, $"vm:{vm.Id}/upgraded/{payment}", $"[VM{vm.Id}] Upgrade Complete",
            $"VM {vm.Id} was upgraded.\nCPU: {vm.Cpu}\nRAM: {vm.Memory.GibRoundedDown} GB\nDisk: {vm.DiskSize.GibRoundedDown} GB", now, stop);

    public static Task StartedByOperator(Session session, VmId vm, UserId owner, WorkflowId run, Instant now, CancellationToken stop) =>
        ByOperator(session, vm, owner, run, "Started", now, stop);

    public static Task StoppedByOperator(Session session, VmId vm, UserId owner, WorkflowId run, Instant now, CancellationToken stop) =>
        ByOperator(session, vm, owner, run, "Stopped", now, stop);

    static async Task ByOperator(Session session, VmId vm, UserId owner, WorkflowId run, string what, Instant now, CancellationToken stop)
    {
        var (key, title, text) = ($"vm:{vm}/{what}/workflow:{run}", $"[VM{vm}] {what} by Admin", $"VM {vm} was {what.ToLowerInvariant()} by an administrator.");
        await Notifications.Queue(session, owner, key, title, text, now, stop);
        await Notifications.QueueForOperators(session, key, title, text, now, stop);
    }

    static async Task Both(Session session, VmRow vm, string what, string title, string text, Instant now, CancellationToken stop)
    {
        var key = Key(vm.Id, what, vm.Expires);
        await Notifications.Queue(session, vm.UserId, key, title, text, now, stop);
        await Notifications.QueueForOperators(session, key, title, text, now, stop);
    }

    static string Key(VmId vm, string what, Instant expires) => $"vm:{vm}/{what}/{expires.UnixSeconds}";
}
