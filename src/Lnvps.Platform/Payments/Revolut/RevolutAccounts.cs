using Lnvps.Core.Identity;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Payments;
using Lnvps.Database.Companies;
using Lnvps.Database.Sessions;
using Lnvps.Platform.Configuration;

namespace Lnvps.Platform.Payments.Revolut;

/// <summary>
/// Which merchant account takes a company's money (billing.md section 9.3): of its rows in the table the enabled one with the lowest id; only a company without
/// any row uses the configuration file. Read anew each time, so that changes of the table need no restart.
/// </summary>
public sealed class RevolutAccounts(RevolutSettings? file)
{
    /// <summary>The account that makes a company's new payments; 400 "Revolut not configured" when there is none.</summary>
    public async Task<Result<RevolutAccount>> ForNew(Session session, CompanyId company, CancellationToken stop) =>
        Choose(await session.ListProviders(company, PaymentMethod.Revolut, stop)) is { } account ? account : NotConfigured;

    /// <summary>The accounts that may know an order of a company, likeliest first: enabled ones, then disabled ones.</summary>
    public async Task<IReadOnlyList<RevolutAccount>> OfCompany(Session session, CompanyId company, CancellationToken stop)
    {
        var rows = await session.ListProviders(company, PaymentMethod.Revolut, stop);
        return rows.Count == 0 ? FromFile : [.. Readable(rows).OrderByDescending(account => account.IsEnabled)];
    }

    /// <summary>Every account, disabled ones too; that of the file last.</summary>
    public async Task<IReadOnlyList<RevolutAccount>> All(Session session, CancellationToken stop) =>
        [.. Readable(await session.ListProviders(PaymentMethod.Revolut, stop)), .. FromFile];

    /// <summary>What is shown to everybody: the account of the first company that sells by card; null when none does.</summary>
    public async Task<RevolutAccount?> ToShow(Session session, CancellationToken stop)
    {
        var rows = (await session.ListProviders(PaymentMethod.Revolut, stop)).ToLookup(row => row.CompanyId);
        return (await session.ListCompanyIds(stop)).Select(company => Choose([.. rows[company]])).FirstOrDefault(account => account is not null);
    }

    static Refusal NotConfigured => Refusal.Because(ErrorCode.PaymentMethodUnusable, "Revolut not configured");

    RevolutAccount? Choose(IReadOnlyList<PaymentProviderRow> rows) =>
        rows.Count == 0 ? FromFile.FirstOrDefault() : Readable(rows).FirstOrDefault(account => account.IsEnabled);

    RevolutAccount[] FromFile => file is null ? [] : [RevolutAccount.Of(file)];

    static IEnumerable<RevolutAccount> Readable(IEnumerable<PaymentProviderRow> rows) => rows.Select(RevolutAccount.Of).OfType<RevolutAccount>();
}
