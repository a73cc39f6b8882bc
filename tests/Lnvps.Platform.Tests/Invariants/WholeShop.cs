using Lnvps.Core.Identity;
using Lnvps.Core.Money;
using Lnvps.Core.Payments;
using Lnvps.Core.Time;
using Lnvps.Core.Vms;
using Lnvps.Database.Addresses;
using Lnvps.Database.Payments;
using Lnvps.Database.Sessions;
using Lnvps.Database.Users;
using Lnvps.Database.Vms;
using Lnvps.Testing.Databases;
using Lnvps.Testing.Vms;

namespace Lnvps.Platform.Tests.Invariants;

/// <summary>
/// A shop with something in every table that the invariants speak of, and all of it in order: VM 1 lives, was paid with two methods, extended and in part
/// refunded; VM 2 has a size of its own and is gone.
/// </summary>
static class WholeShop
{
    const long Days30 = 30 * 86_400;

    public static async Task<VmShop> Open(DatabaseKind kind)
    {
        var shop = await VmShop.Open(kind, hosts: 2);
        await shop.Db.Write(async session =>
        {
            await AddVms(shop, session);
            await AddSetup(shop, session);
            await AddSubscription(shop, session);
        }, default);
        return shop;
    }

    static async Task AddVms(VmShop shop, Session session)
    {
        var (first, second) = (await shop.NewVm(session, paid: false), await shop.NewVm(session, paid: false));
        var expires = (await session.FindVm(first, default))!.Created;
        expires = await Pay(shop, session, first, expires, PaymentMethod.Lightning, orderId: null);
        expires = await Pay(shop, session, first, expires, PaymentMethod.Revolut, "order-1");
        var extended = expires.PlusSeconds(5 * 86_400);
        await session.AppendHistory(VmHistory.Extended(first, expires, extended, 5, shop.Customer, reason: null), shop.Now, default);
        await session.SetVmExpires(first, extended, default);
        var vm = (await session.FindVm(first, default))!;
        var refunded = extended.PlusSeconds(-86_400);
        await session.AppendHistory(VmHistory.ConfigurationChanged(vm.Snapshot, vm.Snapshot with { Expires = refunded }, shop.Customer,
            ChangeMetadata.Refunded(shop.Customer, new Msat(1000), default, default, reason: null)), shop.Now, default);
        await session.SetVmExpires(first, refunded, default);
        await session.Execute("INSERT INTO vm_refund (payment_hash, vm_id, workflow_id, invoice, amount, list_amount, list_currency) VALUES (@hash, @first, 1, 'lnbc1', 1000, 1, 'EUR')",
            new { hash = NewId(), first });
        await session.InsertPayment(Offer(shop, first, PaymentMethod.Lightning) with { PaymentType = VmPaymentKind.Upgrade, TimeValue = 0, UpgradeParams = """{"new_cpu":4}""" }, default);
        await session.InsertAssignment(first, shop.Ipv4, "10.7.0.50", default);
        var ipv6 = await session.Scalar<uint>("SELECT id FROM ip_range WHERE cidr LIKE 'fd00:%'");
        await session.InsertAssignment(first, new RangeId(ipv6), "fd00:7::5", default);
        await session.Execute("UPDATE vm SET mac_address = '52:54:00:00:00:01' WHERE id = @first", new { first });
        await session.Execute("INSERT INTO vm_progress (vm_id, provisioned_at) VALUES (@first, 1)", new { first });

        var size = await session.Insert("INSERT INTO vm_custom_template (cpu, memory, disk_size, disk_type, disk_interface, pricing_id) VALUES (1, 1, 1, 1, 2, @Pricing)", new { shop.Pricing });
        await session.Execute("UPDATE vm SET template_id = NULL, custom_template_id = @size, deleted = 1 WHERE id = @second", new { size, second });
        await session.Execute("INSERT INTO vm_ip_assignment (vm_id, ip_range_id, ip, deleted) VALUES (@second, @ipv6, 'fd00:7::9', 1)", new { second, ipv6 });
    }

    static async Task<Instant> Pay(VmShop shop, Session session, VmId vm, Instant before, PaymentMethod method, string? orderId)
    {
        var payment = Offer(shop, vm, method) with { TimeValue = (ulong)Days30, IsPaid = true, ExternalId = orderId };
        await session.InsertPayment(payment, default);
        Assert.True(Currencies.TryParse(payment.Currency, out var currency));
        var told = new PaidPayment(payment.Id, orderId, method, new Money(payment.Amount, currency), Days30);
        var after = Instant.Later(before, shop.Now).PlusSeconds(Days30);
        await session.AppendHistory(VmHistory.PaymentReceived(vm, told), shop.Now, default);
        await session.AppendHistory(VmHistory.Renewed(vm, before, after, told), shop.Now, default);
        await session.SetVmExpires(vm, after, default);
        return after;
    }

    static VmPaymentRow Offer(VmShop shop, VmId vm, PaymentMethod method) => new()
    {
        Id = new PaymentId(NewId()),
        VmId = vm,
        Created = shop.Now,
        Expires = shop.Now.PlusSeconds(600),
        Amount = 500,
        Currency = method == PaymentMethod.Lightning ? "BTC" : "EUR",
        PaymentMethod = method,
        Rate = 1,
        ExternalData = shop.Db.Cipher.Seal("lnbc1"),
    };

    static async Task AddSetup(VmShop shop, Session session)
    {
        // Somebody and somewhere else.
        await session.FindOrCreateUser(new PublicKey(NewId()), shop.Now, default);
        await session.Execute("INSERT INTO vm_host_region (name, enabled, company_id) VALUES ('Elsewhere', 1, 1)");
        await session.Execute("UPDATE users SET email = @text, nwc_connection_string = @text WHERE id = @Customer", new { text = shop.Db.Cipher.Seal("secret"), shop.Customer });
        await session.Execute("INSERT INTO router (name, enabled, kind, url, token) VALUES ('edge', 1, 0, 'https://192.0.2.1', @token)", new { token = shop.Db.Cipher.Seal("user:word") });
        await session.Execute("INSERT INTO access_policy (name, kind) VALUES ('arp', 0)");
        await session.Execute("""
            INSERT INTO payment_method_config (company_id, payment_method, name, enabled, provider_type, config, processing_fee_rate, processing_fee_base, processing_fee_currency)
            VALUES (1, 0, 'node', 1, 'lnd', '{"type":"lnd"}', 1, 10, 'EUR')
            """);
        await session.Execute("INSERT INTO admin_role_assignments (user_id, role_id) VALUES (@Customer, 1)", new { shop.Customer });
        await session.Execute("INSERT INTO nostr_domain (owner_id, name) VALUES (@Customer, 'example.net')", new { shop.Customer });
    }

    /// <summary>A purchase that was paid, a renewal that is offered, a piece in use and one that is free again.</summary>
    static async Task AddSubscription(VmShop shop, Session session)
    {
        var subscription = await session.Insert("""
            INSERT INTO subscription (user_id, company_id, name, expires, is_active, currency) VALUES (@Customer, 1, 'Space', @expires, 1, 'EUR')
            """, new { shop.Customer, expires = shop.Now.PlusSeconds(Days30) });
        var item = await session.Insert("INSERT INTO subscription_line_item (subscription_id, subscription_type, name, amount) VALUES (@subscription, 0, 'Piece', 100)", new { subscription });
        foreach (var (type, paid, after) in new[] { (0, 1, 0), (1, 0, 60) })
        {
            await session.Execute("""
                INSERT INTO subscription_payment (id, subscription_id, user_id, created, expires, amount, currency, payment_method, payment_type, external_data, is_paid, rate, tax)
                VALUES (@id, @subscription, @Customer, @created, @created, 100, 'EUR', 1, @type, @data, @paid, 1, 0)
                """, new { id = NewId(), subscription, shop.Customer, created = shop.Now.PlusSeconds(after), type, data = shop.Db.Cipher.Seal("{}"), paid });
        }
        var block = await session.Insert("INSERT INTO available_ip_space (company_id, cidr, min_prefix_size, max_prefix_size, registry) VALUES (1, '203.0.112.0/22', 25, 22, 1)");
        await session.Execute("INSERT INTO ip_space_pricing (available_ip_space_id, prefix_size, price_per_month) VALUES (@block, 24, 100)", new { block });
        await session.Execute("""
            INSERT INTO ip_range_subscription (subscription_line_item_id, available_ip_space_id, cidr, is_active, ended_at)
            VALUES (@item, @block, '203.0.112.0/24', 1, NULL), (@item, @block, '203.0.113.0/24', 0, @Now)
            """, new { item, block, shop.Now });
    }

    static Bytes32 NewId() => new(System.Security.Cryptography.RandomNumberGenerator.GetBytes(32));
}
