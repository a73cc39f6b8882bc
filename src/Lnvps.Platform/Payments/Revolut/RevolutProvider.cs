using Lnvps.Core.Identity;
using Lnvps.Core.Money;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Payments;
using Lnvps.Core.Randomness;
using Lnvps.Database.Sessions;
using Lnvps.Platform.Payments.Providers;
using Microsoft.Extensions.Logging;

namespace Lnvps.Platform.Payments.Revolut;

/// <summary>Card payments by Revolut's hosted checkout. Their ids are random; the order's id is the payment's external id.</summary>
public sealed partial class RevolutProvider(Db db, RevolutAccounts accounts, RevolutClient client, IRandomSource random, ILogger<RevolutProvider> log) : IPaymentProvider
{
    public PaymentMethod Method => PaymentMethod.Revolut;

    public TimeSpan Lifetime { get; } = TimeSpan.FromSeconds(3600);

    public async Task<Result<FeeTerms>> Terms(Session session, CompanyId company, CancellationToken stop)
    {
        var account = await accounts.ForNew(session, company, stop);
        if (!account.IsOk)
            return account.Refusal;
        if (account.Value.Row is not { } row)
            return FeeTerms.None;
        var terms = FeeTerms.From(row.ProcessingFeeRate, row.ProcessingFeeBase, row.ProcessingFeeCurrency, out var isUnknown);
        if (isUnknown)
            LogUnknownCurrency(log, row.Id);
        return terms;
    }

    public async Task<ProviderOrder> Create(CompanyId company, Money total, string memo, CancellationToken stop)
    {
        var account = await db.Read(session => accounts.ForNew(session, company, stop), stop);
        if (!account.IsOk)
            throw OutsideFault.Fatal($"Company {company} takes no cards any more");
        var order = await client.CreateOrder(account.Value, total, memo, stop);
        return new ProviderOrder(new PaymentId(NewId()), order.Id, order.Stored);
    }

    /// <summary>The order is asked for at one account after the other until one knows it; usually there is one.</summary>
    public async Task Cancel(PaymentId id, string? externalId, CancellationToken stop)
    {
        if (externalId is null)
            return;
        foreach (var account in await db.Read(session => accounts.All(session, stop), stop))
        {
            try
            {
                if (await client.CancelOrder(account, externalId, stop))
                    return;
            }
            catch (OutsideFault fault) when (!fault.IsTransient)
            {
                // Paid or cancelled already, or the account's key is void: nothing can be done about it.
                LogNotCancelled(log, fault, id);
            }
        }
    }

    Bytes32 NewId()
    {
        Span<byte> bytes = stackalloc byte[32];
        random.Fill(bytes);
        return new Bytes32(bytes);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Payment provider {Provider} has an unknown fee currency; the flat part counts in the payment's")]
    static partial void LogUnknownCurrency(ILogger logger, uint provider);

    [LoggerMessage(Level = LogLevel.Information, Message = "The order of payment {Payment} could not be cancelled")]
    static partial void LogNotCancelled(ILogger logger, Exception error, PaymentId payment);
}
