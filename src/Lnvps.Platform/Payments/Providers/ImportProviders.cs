using System.Text.Json.Nodes;
using Lnvps.Core.Payments;
using Lnvps.Core.Time;
using Lnvps.Database.Companies;
using Lnvps.Database.Sessions;
using Lnvps.Platform.Configuration;
using Lnvps.Platform.Payments.Revolut;

namespace Lnvps.Platform.Payments.Providers;

/// <summary>
/// Copies the sections <c>lightning</c> and <c>revolut</c> of the configuration file into the table of payment providers: each for the company with the lowest id, if
/// that company has no row of the method (billing.md section 9.3). Afterwards the table wins.
/// </summary>
public static class ImportProviders
{
    /// <summary>Runs at every start, in any number of processes. Without a company nothing happens. Returns how many rows it made.</summary>
    public static Task<int> Run(Db db, Settings settings, Instant now, CancellationToken stop) => db.Write(async session =>
    {
        // The lock keeps another process that starts now from doing the same.
        if (await session.LockFirstCompany(stop) is not { } company)
            return 0;
        var imported = 0;
        foreach (var row in RowsOf(settings))
        {
            if ((await session.ListProviders(company, row.PaymentMethod, stop)).Count > 0)
                continue;
            await session.InsertProvider(row with { CompanyId = company }, now, stop);
            imported++;
        }
        return imported;
    }, stop);

    static IEnumerable<PaymentProviderRow> RowsOf(Settings settings)
    {
        if (settings.Lightning is LightningSettings.Lnd lnd)
        {
            yield return new PaymentProviderRow
            {
                PaymentMethod = PaymentMethod.Lightning,
                Name = "LND Node",
                Enabled = true,
                ProviderType = "lnd",
                Config = new JsonObject
                {
                    ["type"] = "lnd",
                    ["url"] = lnd.Url.AbsoluteUri.TrimEnd('/'),
                    ["cert_path"] = lnd.Certificate,
                    ["macaroon_path"] = lnd.Macaroon,
                }.ToJsonString(),
            };
        }
        if (settings.Revolut is { } revolut)
        {
            yield return new PaymentProviderRow
            {
                PaymentMethod = PaymentMethod.Revolut,
                Name = "Revolut",
                Enabled = true,
                ProviderType = "revolut",
                Config = RevolutAccount.ConfigOf(revolut),
            };
        }
    }
}
