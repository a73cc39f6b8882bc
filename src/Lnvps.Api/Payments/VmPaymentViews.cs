using Lnvps.Core.Identity;
using Lnvps.Core.Outcomes;
using Lnvps.Database.Payments;
using Lnvps.Platform;

namespace Lnvps.Api.Payments;

/// <summary>Payments as their customers see them.</summary>
static class VmPaymentViews
{
    public static PaymentView View(this Shop shop, OwnedPaymentRow row) => PaymentView.Of(row, shop.Db.Cipher.TryOpen(row.ExternalData, out var data) ? data : null);

    /// <summary>A payment that was opened just now, with what it was made from.</summary>
    public static async Task<Result<PaymentView>> View(this Shop shop, PaymentId opened, CancellationToken stop) =>
        await shop.Db.Read(session => session.FindPaymentWithOwner(opened, stop), stop) is { } row ? shop.View(row) : Refusal.NotFound("Payment not found");
}
