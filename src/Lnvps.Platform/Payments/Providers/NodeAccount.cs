using System.Text.Json;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Payments;
using Lnvps.Database.Companies;
using Lnvps.Database.Sessions;
using Lnvps.Lightning.Lnd;
using Lnvps.Platform.Configuration;

namespace Lnvps.Platform.Payments.Providers;

/// <summary>Which Lightning node a process uses: decided at start, one for all companies.</summary>
public static class NodeAccount
{
    /// <summary>
    /// The row of the first company in force, that is the enabled one with the lowest id; if all are disabled the first of them, through which open invoices still
    /// settle. Without a readable row: the configuration file.
    /// </summary>
    public static Task<LndSettings> Choose(Db db, LightningSettings.Lnd file, CancellationToken stop) => db.Read(async session =>
    {
        var companies = await session.ListCompanyIds(stop);
        var rows = companies.Count == 0 ? [] : await session.ListProviders(companies[0], PaymentMethod.Lightning, stop);
        return rows.OrderByDescending(row => row.Enabled).Select(row => Read(row.Config)).FirstOrDefault(settings => settings is not null)
            ?? new LndSettings(file.Url, file.Certificate, file.Macaroon);
    }, stop);

    /// <summary>Refuses new payments of a company whose nodes are all disabled; null otherwise. Rows of a service that was shut down do not count.</summary>
    public static async Task<Refusal?> Obstacle(Session session, Core.Identity.CompanyId company, CancellationToken stop)
    {
        var nodes = (await session.ListProviders(company, PaymentMethod.Lightning, stop)).FindAll(row => Read(row.Config) is not null);
        return nodes.Count > 0 && nodes.TrueForAll(row => !row.Enabled) ? Refusal.Because(ErrorCode.PaymentMethodUnusable, "Lightning not configured") : null;
    }

    /// <summary>Null when the JSON is not that of an LND node, such as that of the service that was shut down.</summary>
    internal static LndSettings? Read(string config)
    {
        try
        {
            using var json = JsonDocument.Parse(config);
            return Text(json.RootElement, "type") == "lnd" && Uri.TryCreate(Text(json.RootElement, "url"), UriKind.Absolute, out var url)
                && Text(json.RootElement, "cert_path") is { Length: > 0 } certificate && Text(json.RootElement, "macaroon_path") is { Length: > 0 } macaroon
                ? new LndSettings(url, certificate, macaroon)
                : null;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    static string? Text(JsonElement from, string key) =>
        from.ValueKind == JsonValueKind.Object && from.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
