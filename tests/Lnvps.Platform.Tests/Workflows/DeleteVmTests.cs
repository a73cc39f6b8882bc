using Lnvps.Core.Catalogue;
using Lnvps.Core.Identity;
using Lnvps.Core.Network;
using Lnvps.Core.Payments;
using Lnvps.Core.Time;
using Lnvps.Core.Vms;
using Lnvps.Core.Workflows;
using Lnvps.Database.Addresses;
using Lnvps.Database.Encryption;
using Lnvps.Database.Payments;
using Lnvps.Database.Vms;
using Lnvps.Hosting.Simulated;
using Lnvps.Platform.Workflows;
using Lnvps.Testing.Databases;
using Lnvps.Testing.Vms;

namespace Lnvps.Platform.Tests.Workflows;

public sealed class DeleteVmTests
{
    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task After_grace_everything_goes_and_both_sides_are_told(DatabaseKind kind)
    {
        await using var shop = await VmShop.Open(kind);
        var (vm, other) = (await shop.NewRunningVm(), await shop.NewRunningVm());
        var id = await DeleteAfterGrace(shop, vm);

        Assert.Equal(WorkflowState.Succeeded, (await shop.Rig.Find(id)).State);
        Assert.True((await shop.Row(vm)).Deleted);
        Assert.Empty(shop.Objects(vm));
        Assert.Empty(await shop.Live(vm));
        Assert.False((await shop.Progress(vm)).HasRow);
        Assert.Null(shop.Bench.States.Find(vm));
        var history = (await shop.History(vm))[0];
        Assert.Equal((VmHistoryAction.Deleted, null, $"VM {vm} was deleted: expired and exceeded grace period"),
            (history.ActionType, history.InitiatedByUser, history.Description));
        Assert.Contains(await shop.Messages(toCustomer: true), m => m.Title == $"[VM{vm}] Deleted");
        Assert.Contains(await shop.Messages(toCustomer: false), m => m.Title == $"[VM{vm}] Deleted");

        Assert.Equal(4, shop.Objects(other).Count);
        Assert.Equal(2, (await shop.Live(other)).Count);
        // The rows stay as history, and the address is free again.
        Assert.Equal(4, await shop.Db.Read(s => s.Scalar<long>("SELECT COUNT(*) FROM vm_ip_assignment"), default));
        Assert.Equal("10.7.0.2", (await shop.Live(await shop.NewRunningVm()))[0].Ip);
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task An_IPv6_address_that_is_given_in_order_goes_to_the_next_machine(DatabaseKind kind)
    {
        await using var shop = await VmShop.Open(kind);
        await shop.Db.Write(async session =>
        {
            await session.Execute("DELETE FROM ip_range WHERE cidr LIKE '%:%'");
            await shop.SeedRange(session, "fd00:8::/64", "fd00:8::1", IpAllocationMode.Sequential);
        }, default);
        var (vm, other) = (await shop.NewRunningVm(), await shop.NewRunningVm());
        Assert.Equal(("fd00:8::2", "fd00:8::3"), (await Ipv6Of(shop, vm), await Ipv6Of(shop, other)));

        await DeleteAfterGrace(shop, vm);

        Assert.Equal(("fd00:8::2", "fd00:8::4"), (await Ipv6Of(shop, await shop.NewRunningVm()), await Ipv6Of(shop, await shop.NewRunningVm())));
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task An_IPv6_address_that_follows_from_the_MAC_comes_back_with_it(DatabaseKind kind)
    {
        await using var shop = await VmShop.Open(kind);
        var vm = await shop.NewRunningVm();
        var (mac, address) = ((await shop.Row(vm)).MacAddress, await Ipv6Of(shop, vm));
        Assert.NotNull(address);

        // As long as the machine lives, nobody else gets the address; a machine without one is fine.
        var meanwhile = await NewRunningVmWith(mac);
        Assert.Equal((null, 1), (await Ipv6Of(shop, meanwhile), (await shop.Live(meanwhile)).Count));

        await DeleteAfterGrace(shop, vm);
        var next = await NewRunningVmWith(mac);
        Assert.Equal(address, await Ipv6Of(shop, next));
        // What the first one had stays as history.
        Assert.Equal(2, await shop.Db.Read(s => s.Scalar<long>("SELECT COUNT(*) FROM vm_ip_assignment WHERE ip = @address", new { address }), default));

        async Task<VmId> NewRunningVmWith(MacAddress drawn)
        {
            var made = await shop.NewVm();
            await shop.Db.Write(session => session.SetVmMac(made, drawn, default), default);
            await shop.Run(shop.Workflows.Create, made, new CreateVmInput());
            return made;
        }
    }

    [Fact]
    public async Task An_operators_wish_names_the_operator_and_the_reason()
    {
        await using var shop = await VmShop.Open(DatabaseKind.Sqlite);
        var vm = await shop.NewRunningVm();
        await shop.Run(shop.Workflows.Delete, vm, new DeleteVmInput(DeletionCause.Operator, (await shop.Row(vm)).Expires, "abuse", shop.Customer));
        var history = (await shop.History(vm))[0];
        Assert.Equal((VmHistoryAction.Deleted, shop.Customer, $"VM {vm} was deleted: abuse"), (history.ActionType, history.InitiatedByUser!.Value, history.Description));
        Assert.Equal($$"""{"admin_action":true,"admin_user_id":{{shop.Customer}}}""", history.Metadata);
        Assert.Contains(await shop.Messages(toCustomer: true), m => m.Title == $"[VM{vm}] Deleted by Admin" && m.Message.Contains("abuse", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_unpaid_order_goes_without_history_or_notice()
    {
        await using var shop = await VmShop.Open(DatabaseKind.Sqlite);
        var vm = await shop.NewVm(paid: false);
        await shop.Run(shop.Workflows.Delete, vm, new DeleteVmInput(DeletionCause.Unpaid, (await shop.Row(vm)).Expires));
        Assert.True((await shop.Row(vm)).Deleted);
        Assert.Empty(await shop.History(vm));
        Assert.Empty(await shop.Messages(toCustomer: true));
        Assert.Empty(await shop.Messages(toCustomer: false));
    }

    [Theory]
    [InlineData("paid since")]
    [InlineData("an invoice is open")]
    [InlineData("deleted already")]
    public async Task Nothing_happens_when_the_reason_is_gone(string condition)
    {
        await using var shop = await VmShop.Open(DatabaseKind.Sqlite);
        var vm = await shop.NewRunningVm();
        await shop.SetExpires(vm, shop.Now.PlusSeconds(-4 * 86_400));
        var seen = (await shop.Row(vm)).Expires;
        switch (condition)
        {
            case "paid since":
                await shop.SetExpires(vm, shop.Now.PlusSeconds(86_400));
                break;
            case "an invoice is open":
                await shop.Db.Write(session => session.InsertPayment(new VmPaymentRow
                {
                    Id = new PaymentId(new Bytes32(new byte[32])),
                    VmId = vm,
                    Created = shop.Now,
                    Expires = shop.Now.PlusSeconds(600),
                    Amount = 1000,
                    ExternalData = SealedText.FromStored("lnbcrt1"),
                    TimeValue = 86_400,
                    Rate = 1,
                    Currency = "BTC",
                    PaymentMethod = PaymentMethod.Lightning,
                }, default), default);
                break;
            case "deleted already":
                await shop.Db.Write(session => session.MarkVmDeleted(vm, default), default);
                break;
        }
        await shop.Run(shop.Workflows.Delete, vm, new DeleteVmInput(DeletionCause.GraceOver, seen));
        Assert.Equal(4, shop.Objects(vm).Count);
        Assert.Equal(2, (await shop.Live(vm)).Count);
        Assert.Equal(0, shop.World.Calls(HostOperation.Delete));
        Assert.Equal(UnfinishedWork.None, (await shop.Progress(vm)).Unfinished);
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task A_payment_that_arrives_while_the_machine_is_removed_brings_it_back_anew(DatabaseKind kind)
    {
        await using var shop = await VmShop.Open(kind);
        var vm = await shop.NewRunningVm();
        var mac = (await shop.Row(vm)).MacAddress;
        shop.World.Faults.Add(HostOperation.Delete, new HostFault(FaultMoment.After, FaultAnswer.Transient));
        await shop.SetExpires(vm, shop.Now.PlusSeconds(-4 * 86_400));
        var delete = await shop.Rig.Ask(shop.Workflows.Delete, Subject.Of(vm), new DeleteVmInput(DeletionCause.GraceOver, (await shop.Row(vm)).Expires));
        await using var engine = shop.Rig.Engine(shop.Workflows.All);
        await engine.RunRound(default);
        Assert.Equal(UnfinishedWork.Deleting, (await shop.Progress(vm)).Unfinished);

        await shop.SetExpires(vm, shop.Now.PlusSeconds(86_400));
        await shop.Rig.RunToEnd(engine);
        Assert.Equal(WorkflowState.Succeeded, (await shop.Rig.Find(delete)).State);
        var row = await shop.Row(vm);
        Assert.False(row.Deleted);
        Assert.NotEqual(mac, row.MacAddress);
        Assert.Equal(4, shop.Objects(vm).Count);
        Assert.Equal(2, (await shop.Live(vm)).Count);
        Assert.NotNull((await shop.Progress(vm)).ProvisionedAt);
        Assert.Contains(await shop.Messages(toCustomer: true), m => m.Title == $"[VM{vm}] Created Anew");
        Assert.DoesNotContain(await shop.History(vm), h => h.ActionType == VmHistoryAction.Deleted);
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task Time_that_is_paid_after_an_operator_asked_for_the_deletion_keeps_the_vm(DatabaseKind kind)
    {
        await using var shop = await VmShop.Open(kind);
        var vm = await shop.NewRunningVm();
        var seen = (await shop.Row(vm)).Expires;
        await shop.SetExpires(vm, seen.PlusSeconds(86_400));
        await shop.Run(shop.Workflows.Delete, vm, new DeleteVmInput(DeletionCause.Operator, seen, "abuse", shop.Customer));

        Assert.False((await shop.Row(vm)).Deleted);
        Assert.Equal(0, shop.World.Calls(HostOperation.Delete));
        Assert.Single(await shop.Messages(toCustomer: false), m => m.Title == $"VM {vm} was not deleted");

        await shop.Run(shop.Workflows.Delete, vm, new DeleteVmInput(DeletionCause.Operator, (await shop.Row(vm)).Expires, "abuse", shop.Customer));
        Assert.True((await shop.Row(vm)).Deleted);
    }

    [Fact]
    public async Task Time_that_is_paid_while_an_operator_has_the_machine_removed_brings_it_back_anew()
    {
        await using var shop = await VmShop.Open(DatabaseKind.Sqlite);
        var vm = await shop.NewRunningVm();
        var seen = (await shop.Row(vm)).Expires;
        shop.World.Faults.Add(HostOperation.Delete, new HostFault(FaultMoment.After, FaultAnswer.Transient));
        await shop.Rig.Ask(shop.Workflows.Delete, Subject.Of(vm), new DeleteVmInput(DeletionCause.Operator, seen));
        await using var engine = shop.Rig.Engine(shop.Workflows.All);
        await engine.RunRound(default);
        Assert.Empty(shop.World.Inventory());

        await shop.SetExpires(vm, seen.PlusSeconds(86_400));
        await shop.Rig.RunToEnd(engine);
        Assert.False((await shop.Row(vm)).Deleted);
        Assert.NotNull((await shop.Progress(vm)).ProvisionedAt);
        Assert.Contains(await shop.Messages(toCustomer: true), m => m.Title == $"[VM{vm}] Created Anew");
    }

    [Fact]
    public async Task Deleting_twice_or_what_never_was_on_the_host_succeeds()
    {
        await using var shop = await VmShop.Open(DatabaseKind.Sqlite);
        var vm = await shop.NewVm();
        for (var i = 0; i < 2; i++)
        {
            var id = await shop.Run(shop.Workflows.Delete, vm, new DeleteVmInput(DeletionCause.Operator, (await shop.Row(vm)).Expires));
            Assert.Equal(WorkflowState.Succeeded, (await shop.Rig.Find(id)).State);
        }
        Assert.True((await shop.Row(vm)).Deleted);
        Assert.Single(await shop.History(vm));
    }

    [Fact]
    public async Task What_a_deleted_vm_left_on_its_host_is_removed()
    {
        await using var shop = await VmShop.Open(DatabaseKind.Sqlite);
        var vm = await shop.NewRunningVm();
        await shop.Db.Write(async session =>
        {
            await session.MarkVmDeleted(vm, default);
            await session.FreeAssignments(vm, default);
        }, default);
        var rows = (await shop.History(vm)).Count;
        await shop.Run(shop.Workflows.Delete, vm, new DeleteVmInput(DeletionCause.Leftover, default));
        Assert.Empty(shop.World.Inventory());
        Assert.Equal(rows, (await shop.History(vm)).Count);
    }

    [Fact]
    public async Task D1_a_vm_whose_removal_has_begun_is_not_made_again()
    {
        await using var shop = await VmShop.Open(DatabaseKind.Sqlite);
        var vm = await shop.NewRunningVm();
        // Gone from the host, the answer lost, and while the deletion waits it still looks active.
        shop.World.Faults.Add(HostOperation.Delete, new HostFault(FaultMoment.After, FaultAnswer.Transient));
        var delete = await shop.Rig.Ask(shop.Workflows.Delete, Subject.Of(vm), new DeleteVmInput(DeletionCause.Operator, (await shop.Row(vm)).Expires));
        await using var engine = shop.Rig.Engine(shop.Workflows.All);
        await engine.RunRound(default);
        Assert.Empty(shop.World.Inventory());
        var imports = shop.World.Calls(HostOperation.ImportDisk);
        await shop.Rig.Ask(shop.Workflows.Create, Subject.Of(vm), new CreateVmInput());
        await shop.Rig.RunToEnd(engine);
        Assert.Equal(WorkflowState.Succeeded, (await shop.Rig.Find(delete)).State);
        Assert.True((await shop.Row(vm)).Deleted);
        Assert.Equal(imports, shop.World.Calls(HostOperation.ImportDisk));
        Assert.Empty(await shop.Live(vm));
    }

    [Fact]
    public async Task D2_addresses_already_released_are_not_touched_again_when_another_has_them()
    {
        await using var shop = await VmShop.Open(DatabaseKind.Sqlite);
        var vm = await shop.NewRunningVm();
        var first = (await shop.Live(vm))[0];
        await shop.Db.Write(session => session.Execute("UPDATE vm_ip_assignment SET deleted = 1 WHERE id = @id", new { id = first.Id }), default);
        shop.Time.Advance(TimeSpan.FromMinutes(2)); // Freed by a program that does not say so: noticed within a minute.
        var other = await shop.NewRunningVm();
        Assert.Equal(first.Ip, (await shop.Live(other))[0].Ip);
        await DeleteAfterGrace(shop, vm);
        Assert.Equal(2, (await shop.Live(other)).Count);
        Assert.Empty(await shop.Live(vm));
    }

    [Fact]
    public async Task D3_with_everything_released_the_rest_is_written_once()
    {
        await using var shop = await VmShop.Open(DatabaseKind.Sqlite);
        var vm = await shop.NewRunningVm();
        await shop.World.Host("host-1").Delete(vm, default);
        await shop.Db.Write(session => session.FreeAssignments(vm, default), default);
        await DeleteAfterGrace(shop, vm);
        Assert.True((await shop.Row(vm)).Deleted);
        Assert.Single(await shop.History(vm), h => h.ActionType == VmHistoryAction.Deleted);
        Assert.Single(await shop.Messages(toCustomer: true), m => m.Title == $"[VM{vm}] Deleted");
    }

    static async Task<string?> Ipv6Of(VmShop shop, VmId vm) =>
        (await shop.Live(vm)).SingleOrDefault(row => row.Ip.Contains(':', StringComparison.Ordinal))?.Ip;

    static async Task<WorkflowId> DeleteAfterGrace(VmShop shop, VmId vm)
    {
        await shop.SetExpires(vm, shop.Now.PlusSeconds(-4 * 86_400));
        return await shop.Run(shop.Workflows.Delete, vm, new DeleteVmInput(DeletionCause.GraceOver, (await shop.Row(vm)).Expires));
    }
}
