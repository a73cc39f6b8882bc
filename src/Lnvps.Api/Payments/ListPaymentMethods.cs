using Lnvps.Api.Http;
using Lnvps.Core.Outcomes;

namespace Lnvps.Api.Payments;

/// <summary>GET /api/v1/payment/methods: only what can really be used. A node is mandatory, so Lightning always can, and with it the customer's own wallet.</summary>
static class ListPaymentMethods
{
    static readonly List<PaymentMethodView> Methods = [new("lightning", ["BTC"]), new("nwc", ["BTC"])];

    public static void Map(Routes routes) =>
        routes.Get("/api/v1/payment/methods", Access.Public, ApiJson.Wire.ListPaymentMethodView, _ => Task.FromResult<Result<List<PaymentMethodView>>>(Methods));
}
