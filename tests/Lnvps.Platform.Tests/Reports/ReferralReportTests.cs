using Lnvps.Core.Identity;
using Lnvps.Core.Money;
using Lnvps.Core.Payments;
using Lnvps.Core.Reports;
using Lnvps.Core.Time;
using Lnvps.Database.Payments;
using Lnvps.Database.Vms;
using Lnvps.Platform.Reports;
using Lnvps.Testing.Databases;
using Lnvps.Testing.Vms;

namespace Lnvps.Platform.Tests.Reports;

/// <summary>billing.md section 20 and example B1.</summary>
public sealed class ReferralReportTests
{
    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task The_first_paid_payment_counts_by_the_day_it_was_made_out(DatabaseKind kind)
    {
        await using var shop = await VmShop.Open(kind);
        var (friend, other, none, unpaid) = (await Vm(shop, "friend"), await Vm(shop, "other"), await Vm(shop, null), await Vm(shop, "friend"));
        await Pay(shop, friend, Instant.Utc(2025, 1, 31, 23), 9, paid: false);
        await Pay(shop, friend, Instant.Utc(2025, 1, 31, 23, 59, 59), 1_390_000, paid: true);
        await Pay(shop, friend, Instant.Utc(2025, 2, 1), 5_000, paid: true);
        await Pay(shop, other, Instant.Utc(2025, 1, 1), 2_000, paid: true, upgrade: true);
        await Pay(shop, none, Instant.Utc(2025, 1, 5), 3_000, paid: true);
        await Pay(shop, unpaid, Instant.Utc(2025, 1, 5), 3_000, paid: false);
        await shop.Db.Write(session => session.MarkVmDeleted(friend, default), default);

        Assert.Equal([friend, other], (await Report(shop)).Select(row => row.Row.VmId));
        var first = (await Report(shop, refCode: "friend")).Single();
        Assert.Equal(("friend", Instant.Utc(2025, 1, 31, 23, 59, 59), 1_390_000UL, "BTC", 95_000f, "EUR"),
            (first.Row.RefCode, first.Row.Created, first.Row.Amount, first.Row.Currency, first.Row.Rate, first.Row.BaseCurrency));
        Assert.Equal(new Money(132, Currency.EUR), first.InBase);

        // By the first one only: the second, in February, is none.
        Assert.Empty(await Report(shop, new DateOnly(2025, 2, 1), new DateOnly(2025, 2, 28)));
        Assert.Equal([other], (await Report(shop, new DateOnly(2025, 1, 1), new DateOnly(2025, 1, 1))).Select(row => row.Row.VmId));
        Assert.Empty(await Report(shop, refCode: "nobody"));
        Assert.Equal(2, (await Report(shop, company: (await shop.Db.Read(session => session.FindVmDetails(friend, default), default))!.CompanyId)).Count);
        Assert.Empty(await Report(shop, company: new CompanyId(9_999)));
    }

    static async Task<IReadOnlyList<Referral>> Report(VmShop shop, DateOnly? from = null, DateOnly? until = null, CompanyId? company = null, string? refCode = null) =>
        await shop.Db.Read(session => ReferralReport.Of(
            session, DayRange.Of(from ?? new DateOnly(2025, 1, 1), until ?? new DateOnly(2025, 1, 31)).Value, company, refCode, default), default);

    static async Task<VmId> Vm(VmShop shop, string? refCode)
    {
        var vm = await shop.NewVm();
        await shop.Db.Write(session => session.Execute("UPDATE vm SET ref_code = @refCode WHERE id = @vm", new { vm, refCode }), default);
        return vm;
    }

    static Task Pay(VmShop shop, VmId vm, Instant created, ulong amount, bool paid, bool upgrade = false) => shop.Db.Write(session => session.InsertPayment(new VmPaymentRow
    {
        Id = new PaymentId(new Bytes32(System.Security.Cryptography.RandomNumberGenerator.GetBytes(32))),
        VmId = vm,
        Created = created,
        Expires = created.PlusSeconds(600),
        Amount = amount,
        Currency = "BTC",
        Rate = 95_000,
        PaymentMethod = PaymentMethod.Lightning,
        PaymentType = upgrade ? VmPaymentKind.Upgrade : VmPaymentKind.Renewal,
        TimeValue = upgrade ? 0UL : 86_400,
        IsPaid = paid,
        ExternalData = shop.Db.Cipher.Seal("lnbc"),
    }, default), default);
}
