using Lnvps.Core.Payments;
using Lnvps.Core.Time;
using Lnvps.Core.Vms;
using Lnvps.Database.Sessions;
using Lnvps.Database.Vms;
using Lnvps.Platform.Offers;

namespace Lnvps.Platform.Vms;

/// <summary>What a paid upgrade did to the size that a VM is sold in.</summary>
public enum SizeRaise
{
    Raised,

    /// <summary>The VM has all of it already: two upgrades were paid, of which one is contained in the other.</summary>
    NothingGrows,

    /// <summary>The region has no custom pricing with such a disk any more, and a size of one's own needs one.</summary>
    NoPricing,
}

/// <summary>
/// The size a customer is entitled to and pays for. A paid upgrade raises it in the transaction that completes the payment, so that whatever is priced afterwards
/// is priced in the new size, and never takes it back; the machine follows when its turn comes (billing.md section 16).
/// </summary>
public static class SoldSize
{
    /// <summary>Raises it to what was paid for; also tells what grows by it. A value below the present one leaves that as it is.</summary>
    /// <param name="row">The VM, its row locked.</param>
    public static async Task<(SizeRaise Outcome, UpgradeWish Growth)> Raise(Session session, VmRow row, UpgradeWish wish, Instant now, CancellationToken stop)
    {
        var vm = await session.FindVmDetails(row.Id, stop) ?? throw new InvalidOperationException($"VM {row.Id} is incomplete");
        var present = VmPrice.SpecOf(vm);
        var wanted = wish.Raise(present);
        var growth = wish.Growth(present);
        if (wanted == present)
            return (SizeRaise.NothingGrows, growth);
        var machine = new MachineSizeRow { VmId = row.Id, Cpu = present.Cpu, Memory = present.Memory, DiskSize = present.Disk };
        if (row.CustomTemplateId is { } own)
        {
            await session.KeepMachineSize(machine, stop);
            await session.SetCustomTemplateSize(own, wanted.Cpu, wanted.Memory, wanted.Disk, stop);
            await session.AppendHistory(VmHistory.ConfigurationChanged(row.Snapshot, row.Snapshot, by: null, ChangeMetadata.CustomUpgrade(present, wanted)), now, stop);
            return (SizeRaise.Raised, growth);
        }
        if (await UpgradePricing.OncePaid(session, vm, now, stop) is not { } pricing)
            return (SizeRaise.NoPricing, growth);
        await session.KeepMachineSize(machine, stop);
        var size = await session.InsertCustomTemplate(new CustomTemplateRow
        {
            Cpu = wanted.Cpu,
            Memory = wanted.Memory,
            DiskSize = wanted.Disk,
            DiskType = wanted.DiskKind,
            DiskInterface = wanted.DiskInterface,
            PricingId = pricing,
        }, stop);
        await session.SetVmCustomTemplate(row.Id, size, stop);
        var after = row.Snapshot with { Template = null, CustomTemplate = size };
        var from = row.TemplateId ?? throw new InvalidOperationException($"VM {row.Id} has no size");
        await session.AppendHistory(VmHistory.ConfigurationChanged(row.Snapshot, after, by: null, ChangeMetadata.Conversion(wish, from, size)), now, stop);
        return (SizeRaise.Raised, growth);
    }
}
