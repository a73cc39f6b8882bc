using Lnvps.Core.Identity;
using Lnvps.Core.Money;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Payments;
using Lnvps.Database.Sessions;
using Lnvps.Lightning.Nodes;

namespace Lnvps.Platform.Payments.Providers;

/// <summary>Invoices of the shop's Lightning node; one node sells for all companies.</summary>
public sealed class LightningProvider(ILightningNode node) : IPaymentProvider
{
    public PaymentMethod Method => PaymentMethod.Lightning;

    public TimeSpan Lifetime { get; } = TimeSpan.FromSeconds(600);

    public async Task<Result<FeeTerms>> Terms(Session session, CompanyId company, CancellationToken stop) =>
        await NodeAccount.Obstacle(session, company, stop) is { } obstacle ? obstacle : FeeTerms.None;

    public async Task<ProviderOrder> Create(CompanyId company, Money total, string memo, CancellationToken stop)
    {
        var invoice = await node.CreateInvoice(new InvoiceRequest(new Msat(total.Amount), memo, DescriptionHash: null, Lifetime), stop);
        return new ProviderOrder(new PaymentId(invoice.PaymentHash), ExternalId: null, invoice.PaymentRequest);
    }

    public Task Cancel(PaymentId id, string? externalId, CancellationToken stop) => node.Cancel(id.Bytes, stop);
}
