using Lnvps.Core.Identity;
using Lnvps.Core.Payments;
using Lnvps.Core.Time;

namespace Lnvps.Core.Tests.Payments;

/// <summary>billing.md section 10.3.</summary>
public class PaymentReuseTests
{
    static readonly Instant Now = Instant.Utc(2025, 1, 1);

    static PendingPayment Pending(byte id, int secondsLeft, long time = 100, bool asked = false) => new(
        new PaymentId(new Bytes32(Enumerable.Repeat(id, 32).ToArray())), PaymentMethod.Lightning, VmPaymentKind.Renewal,
        Now.PlusSeconds(secondsLeft - 600), Now.PlusSeconds(secondsLeft), time, asked);

    static byte? Found(params PendingPayment[] unpaid) =>
        PaymentReuse.Find(unpaid, PaymentMethod.Lightning, 100, Now)?.Id.Bytes.ToArray()[0];

    [Fact]
    public void The_newest_of_the_same_seconds() => Assert.Equal((byte)2, Found(Pending(1, 100), Pending(2, 500), Pending(3, 550, time: 1_200)));

    [Fact]
    public void Sixty_seconds_must_be_left()
    {
        Assert.Equal((byte)1, Found(Pending(1, 60)));
        Assert.Null(Found(Pending(1, 59)));
        Assert.Null(Found(Pending(1, -10)));
    }

    [Fact]
    public void One_that_a_wallet_was_asked_to_pay_is_reused_until_it_lapses()
    {
        Assert.Equal((byte)1, Found(Pending(1, 1, asked: true)));
        Assert.Null(Found(Pending(1, 0, asked: true)));
    }

    [Fact]
    public void Neither_upgrades_nor_other_methods() =>
        Assert.Null(Found(Pending(1, 500) with { Kind = VmPaymentKind.Upgrade }, Pending(2, 500) with { Method = PaymentMethod.Revolut }));
}
