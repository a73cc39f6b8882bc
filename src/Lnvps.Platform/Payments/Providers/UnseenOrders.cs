using Lnvps.Core.Outcomes;

namespace Lnvps.Platform.Payments.Providers;

static class UnseenOrders
{
    /// <summary>Cancels an order that was never shown to anybody; it lapses by itself if the provider cannot be reached now.</summary>
    public static async Task CancelUnseen(this IPaymentProvider provider, ProviderOrder order)
    {
        try
        {
            await provider.Cancel(order.Id, order.ExternalId, CancellationToken.None);
        }
        catch (OutsideFault)
        {
            // It lapses.
        }
    }
}
