using Lnvps.Core.Addresses;
using Lnvps.Core.Catalogue;
using Lnvps.Core.Identity;
using Lnvps.Core.Network;
using Lnvps.Core.Payments;
using Lnvps.Core.Sizes;
using Lnvps.Core.Time;
using Lnvps.Core.Vms;

namespace Lnvps.Core.Tests.Vms;

using Lnvps.Core.Money;

/// <summary>provisioning.md section 19, data-model.md section 6.2, customer-api.md section 6.18.</summary>
public class VmHistoryTests
{
    static readonly VmId Vm = new(42);
    static readonly UserId Owner = new(7);
    static readonly UserId Admin = new(1);

    static readonly VmSnapshot Snapshot = new(
        Vm, new HostId(2), Owner, new ImageId(3), new TemplateId(14), CustomTemplate: null, new SshKeyId(5),
        Instant.Utc(2026, 2, 19, 10), Instant.Utc(2026, 2, 19, 10), new DiskId(6), MacAddress.Unassigned, RefCode: null);

    static readonly PaidPayment Lightning = new(
        new PaymentId(new Bytes32(Enumerable.Range(0, 32).Select(i => (byte)i).ToArray())), ExternalId: null, PaymentMethod.Lightning,
        new Money(6_273_000, Currency.BTC), 2_419_200);

    const string Hash = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

    [Fact]
    public void Created()
    {
        var entry = VmHistory.Created(Snapshot, Owner);
        Assert.Equal((VmHistoryAction.Created, Owner, "VM 42 was created"), (entry.Action, entry.InitiatedBy, entry.Description));
        Assert.Null(entry.PreviousState);
        Assert.Null(entry.Metadata);
        Assert.Equal(
            """{"host_id":2,"user_id":7,"image_id":3,"template_id":14,"custom_template_id":null,"ssh_key_id":5,"created":"2026-02-19T10:00:00Z","expires":"2026-02-19T10:00:00Z","disk_id":6,"mac_address":"ff:ff:ff:ff:ff:ff","ref_code":null}""",
            entry.NewState);
    }

    [Fact]
    public void Created_by_an_operator()
    {
        var entry = VmHistory.CreatedByAdmin(Snapshot, Admin, reason: null);
        Assert.Equal(Admin, entry.InitiatedBy);
        Assert.Equal("""{"admin_user_id":1,"admin_action":true,"reason":null}""", entry.Metadata);
    }

    [Fact]
    public void Plain_events()
    {
        VmHistoryEntry[] entries =
        [
            VmHistory.Started(Vm, by: null), VmHistory.Stopped(Vm, Owner), VmHistory.Restarted(Vm, Owner), VmHistory.Expired(Vm),
            VmHistory.Deleted(Vm, reason: null), VmHistory.Deleted(Vm, "expired and exceeded grace period"),
        ];
        Assert.Equal(
            ["VM 42 was started", "VM 42 was stopped", "VM 42 was restarted", "VM 42 expired", "VM 42 was deleted", "VM 42 was deleted: expired and exceeded grace period"],
            entries.Select(entry => entry.Description));
        Assert.Equal([null, Owner, Owner, null, null, null], entries.Select(entry => entry.InitiatedBy));
        Assert.All(entries, entry => Assert.True(entry is { PreviousState: null, NewState: null, Metadata: null }));
    }

    [Fact]
    public void By_an_operator()
    {
        var entry = VmHistory.Stopped(Vm, by: null).ByAdmin(Admin);
        Assert.Equal((Admin, """{"admin_action":true,"admin_user_id":1}"""), (entry.InitiatedBy, entry.Metadata));
        Assert.Equal("""{"admin_action":true}""", VmHistory.Stopped(Vm, by: null).ByAdmin(admin: null).Metadata);
    }

    [Fact]
    public void Renewed_by_a_payment()
    {
        var entry = VmHistory.Renewed(Vm, Instant.Utc(2026, 2, 19, 10), Instant.Utc(2026, 3, 19, 10, 5, 12), Lightning);
        Assert.Equal(("""{"expires":"2026-02-19T10:00:00Z"}""", """{"expires":"2026-03-19T10:05:12Z"}"""), (entry.PreviousState, entry.NewState));
        Assert.Equal($$"""{"payment_amount":6273000,"payment_currency":"BTC","time_added_seconds":2419200,"payment_id":"{{Hash}}"}""", entry.Metadata);
        Assert.Equal((VmHistoryAction.Renewed, null, "VM 42 was renewed until 2026-03-19 10:05 UTC"), (entry.Action, entry.InitiatedBy, entry.Description));
    }

    [Fact]
    public void Extended_by_an_operator()
    {
        var entry = VmHistory.Extended(Vm, Instant.Utc(2026, 2, 19), Instant.Utc(2026, 2, 26), 7, Admin, "sorry");
        Assert.Equal((VmHistoryAction.Renewed, Admin), (entry.Action, entry.InitiatedBy!.Value));
        Assert.Equal("""{"admin_user_id":1,"admin_action":true,"days_extended":7,"reason":"sorry"}""", entry.Metadata);
        Assert.Equal("VM 42 was extended by 7 days until 2026-02-26 00:00 UTC - Reason: sorry", entry.Description);
        var silent = VmHistory.Extended(Vm, Instant.Utc(2026, 2, 19), Instant.Utc(2026, 2, 26), 7, Admin, reason: null);
        Assert.Equal("VM 42 was extended by 7 days until 2026-02-26 00:00 UTC", silent.Description);
        Assert.DoesNotContain("reason", silent.Metadata, StringComparison.Ordinal);
    }

    [Fact]
    public void Payment_received()
    {
        var entry = VmHistory.PaymentReceived(Vm, Lightning with { Total = new Money(1_000, Currency.BTC), TimeValue = 60 });
        Assert.Equal("VM 42 received payment of BTC 0.00000001 (60 seconds added)", entry.Description);
        Assert.Equal(
            $$"""{"payment_amount":1000,"payment_currency":"BTC","time_added_seconds":60,"payment_method":"lightning","payment_id":"{{Hash}}"}""", entry.Metadata);
        var card = VmHistory.PaymentReceived(Vm, Lightning with { ExternalId = "order-1", Method = PaymentMethod.Revolut, Total = new Money(1_262, Currency.EUR) });
        Assert.Equal(
            """{"payment_amount":1262,"payment_currency":"EUR","time_added_seconds":2419200,"payment_method":"revolut","external_id":"order-1"}""", card.Metadata);
    }

    [Fact]
    public void Reinstalled_and_changed()
    {
        var entry = VmHistory.Reinstalled(Vm, Owner, new ImageId(3), new ImageId(4));
        Assert.Equal(
            ("""{"image_id":3}""", """{"image_id":4}""", "VM 42 was reinstalled with new image"), (entry.PreviousState, entry.NewState, entry.Description));
        var state = VmHistory.StateChanged(Vm, VmPower.Running, VmPower.Stopped);
        Assert.Equal(
            ("""{"state":"running"}""", """{"state":"stopped"}""", "VM 42 state changed from running to stopped"),
            (state.PreviousState, state.NewState, state.Description));
    }

    [Fact]
    public void Configuration_changed()
    {
        var spec = new VmSpec(1, Bytes.FromGib(1), Bytes.FromGib(5), DiskKind.Ssd, DiskInterface.Pcie);
        var entry = VmHistory.ConfigurationChanged(Snapshot, Snapshot with { SshKey = new SshKeyId(9) }, Owner);
        Assert.Equal("VM 42 configuration was changed", entry.Description);
        Assert.Equal(
            """{"host_id":2,"image_id":3,"template_id":14,"custom_template_id":null,"ssh_key_id":9,"expires":"2026-02-19T10:00:00Z","disk_id":6,"mac_address":"ff:ff:ff:ff:ff:ff"}""",
            entry.NewState);
        Assert.Contains("\"ssh_key_id\":5", entry.PreviousState, StringComparison.Ordinal);
        Assert.Null(entry.Metadata);

        Assert.Equal(
            """{"upgrade_type":"custom_template_update","old_specs":{"cpu":1,"memory":1073741824,"disk_size":5368709120},"new_specs":{"cpu":2,"memory":1073741824,"disk_size":5368709120}}""",
            ChangeMetadata.CustomUpgrade(spec, spec with { Cpu = 2 }).ToJsonString());
        Assert.Equal(
            """{"upgrade_type":"standard_to_custom_conversion","changes":{"cpu":4,"memory":null,"disk":null},"converted_from_template_id":14,"new_custom_template_id":8}""",
            ChangeMetadata.Conversion(new UpgradeWish(4, Memory: null, Disk: null), new TemplateId(14), new CustomTemplateId(8)).ToJsonString());
        Assert.Equal(
            """{"admin_action":true,"admin_user_id":1,"ip_range_id":3,"assigned_ip":"fd00::2"}""",
            ChangeMetadata.AddressGiven(Admin, new RangeId(3), IpAddress.Parse("fd00::2")).ToJsonString());
        Assert.Equal(
            """{"admin_action":true,"ip_range_id":3,"unassigned_ip":"192.0.2.7"}""",
            ChangeMetadata.AddressTaken(admin: null, new RangeId(3), IpAddress.Parse("192.0.2.7")).ToJsonString());
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("""{"admin_user_id":1,"admin_action":true,"reason":"x"}""", """{"admin_action":true,"reason":"x"}""")]
    [InlineData("""{"payment_amount":18446744073709551615}""", """{"payment_amount":18446744073709551615}""")]
    [InlineData("[1]", null)]
    [InlineData("{", null)]
    [InlineData("null", null)]
    [InlineData("""{"a":1,"a":2}""", null)]
    public void Customers_see_what_was_done_not_by_whom(string? stored, string? shown) => Assert.Equal(shown, VmHistory.ForCustomer(stored));
}
