using Lnvps.Core.Payments;
using Lnvps.Core.Sizes;
using Lnvps.Database.Addresses;
using Lnvps.Platform.Workflows;
using Lnvps.Testing.Databases;
using Lnvps.Testing.Vms;
using Lnvps.Testing.Workflows;

namespace Lnvps.Platform.Tests.Workflows;

/// <summary>The five laws for every workflow of VMs, on both databases.</summary>
public sealed class VmLawTests
{
    public static TheoryData<DatabaseKind, string, string> Every
    {
        get
        {
            var data = new TheoryData<DatabaseKind, string, string>();
            foreach (var kind in Enum.GetValues<DatabaseKind>())
            {
                foreach (var workflow in Makers.Keys)
                {
                    foreach (var law in Laws.Keys)
                        data.Add(kind, workflow, law);
                }
            }
            return data;
        }
    }

    static readonly Dictionary<string, Func<Func<Task<WorkflowCase>>, Task<IReadOnlyList<string>>>> Laws = new()
    {
        ["failing anywhere leaves nothing"] = WorkflowLaws.FailingAnywhereLeavesNothing,
        ["taking back twice"] = WorkflowLaws.TakingBackTwiceIsTakingBackOnce,
        ["doing twice"] = WorkflowLaws.DoingTwiceIsDoingOnce,
        ["dying between effect and record"] = WorkflowLaws.DyingBetweenEffectAndRecordIsHarmless,
        ["two workers"] = WorkflowLaws.TwoWorkersAreAsGoodAsOne,
    };

    static readonly Dictionary<string, Func<VmShop, Task<WorkflowCase>>> Makers = new()
    {
        [CreateVm.Kind] = async shop => new VmCase<CreateVmInput>(shop, await shop.NewVm(), w => w.Create, new CreateVmInput(), repeatable: true),
        [DeleteVm.Kind] = async shop =>
        {
            var vm = await shop.NewRunningVm();
            await shop.SetExpires(vm, shop.Now.PlusSeconds(-4 * 86_400));
            return new VmCase<DeleteVmInput>(shop, vm, w => w.Delete, new DeleteVmInput(DeletionCause.GraceOver, (await shop.Row(vm)).Expires), repeatable: true);
        },
        [ReinstallVm.Kind] = async shop =>
            new VmCase<ReinstallVmInput>(shop, await shop.NewRunningVm(), w => w.Reinstall, new ReinstallVmInput(shop.Customer, shop.OtherImage), repeatable: false),
        [StartVm.Kind] = async shop =>
        {
            var vm = await shop.NewRunningVm();
            shop.World.PullPlug(VmShop.FirstHost, vm);
            return new VmCase<VmPowerInput>(shop, vm, w => w.Start, new VmPowerInput(PowerCause.Owner, shop.Customer), repeatable: false);
        },
        [StopVm.Kind] = async shop =>
            new VmCase<VmPowerInput>(shop, await shop.NewRunningVm(), w => w.Stop, new VmPowerInput(PowerCause.Owner, shop.Customer), repeatable: false),
        [RestartVm.Kind] = async shop =>
            new VmCase<VmPowerInput>(shop, await shop.NewRunningVm(), w => w.Restart, new VmPowerInput(PowerCause.Operator, shop.Customer), repeatable: false),
        [UpgradeVm.Kind] = async shop =>
        {
            var vm = await shop.NewRunningVm();
            var input = await shop.SellLarger(vm, new UpgradeWish(2, Memory: null, Bytes.FromGib(12)), $"{vm}");
            return new VmCase<UpgradeVmInput>(shop, vm, w => w.Upgrade, input!, repeatable: false);
        },
        [ConfigureVm.Kind] = async shop =>
        {
            var vm = await shop.NewRunningVm();
            await shop.Db.Write(session => session.InsertAssignment(vm, shop.Ipv4, $"10.7.200.{vm}", default), default);
            return new VmCase<ConfigureVmInput>(shop, vm, w => w.Configure, new ConfigureVmInput(), repeatable: true);
        },
    };

    [Trait("Speed", "slow")]
    [Theory, MemberData(nameof(Every))]
    public async Task Holds(DatabaseKind kind, string workflow, string law)
    {
        await using var shop = await VmShop.Open(kind, hostCpu: 512, ipv4: "10.7.0.0/16", gateway: "10.7.0.1/16");
        Assert.Empty(await Laws[law](() => Makers[workflow](shop)));
    }
}
