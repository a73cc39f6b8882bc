using Lnvps.Api.Http;
using Lnvps.Core.Outcomes;
using Lnvps.Platform;
using Lnvps.Platform.Payments.Revolut;

namespace Lnvps.Api.Payments;

/// <summary>GET /api/v1/payment/methods: only what can really be used. A node is mandatory, so Lightning always can, and with it the customer's own wallet.</summary>
sealed class ListPaymentMethods(Shop shop, RevolutAccounts accounts)
{
    static readonly PaymentMethodView[] Always = [new("lightning", Metadata: null, ["BTC"]), new("nwc", Metadata: null, ["BTC"])];

    public void Map(Routes routes) => routes.Get("/api/v1/payment/methods", Access.Public, ApiJson.Wire.ListPaymentMethodView, Handle)
        .Summary("Ways to pay");

    async Task<Result<List<PaymentMethodView>>> Handle(Call call)
    {
        var methods = new List<PaymentMethodView>(Always);
        if (await shop.Db.Read(session => accounts.ToShow(session, call.Stop), call.Stop) is { } card)
            methods.Add(new PaymentMethodView("revolut", new() { ["pubkey"] = card.PublicKey }, ["EUR", "USD"]));
        return methods;
    }
}
