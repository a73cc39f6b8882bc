using Lnvps.Core.Outcomes;
using Lnvps.Core.Payments;
using Lnvps.Core.Time;
using Lnvps.Database.Companies;
using Lnvps.Database.Worker;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Lnvps.Platform.Payments.Revolut;

/// <summary>
/// Has Revolut send its messages to this installation, for each enabled row (billing.md section 14). Looks for new and changed rows every 30 s, which is also the
/// retry after a failure. One process at a time does a row; the secret is stored in it.
/// </summary>
/// <param name="owner">Name of this process in the lease.</param>
public sealed partial class RegisterWebhooks(Shop shop, RevolutClient client, string owner, ILogger<RegisterWebhooks> log) : BackgroundService
{
    /// <summary>Where messages arrive, below <c>public-url</c>.</summary>
    public const string Path = "/api/v1/webhook/revolut";

    static readonly TimeSpan Every = TimeSpan.FromSeconds(30);

    /// <summary>Longer than the calls of a registration can take together.</summary>
    static readonly TimeSpan LeaseLength = TimeSpan.FromMinutes(5);

    static readonly string[] Events = ["ORDER_COMPLETED", "ORDER_AUTHORISED", "ORDER_CANCELLED"];

    /// <summary>The configuration of each row as it was when this process last saw that all is well.</summary>
    readonly Dictionary<uint, string> _seen = [];

    Uri Address => new(shop.Settings.PublicUrl, Path);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, shop.Time);
        try
        {
            do
                await Round(stoppingToken);
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The program stops.
        }
    }

    /// <summary>Registers what is not yet; failures are logged.</summary>
    public async Task Round(CancellationToken stop)
    {
        try
        {
            var rows = await shop.Db.Read(session => session.ListProviders(PaymentMethod.Revolut, stop), stop);
            foreach (var row in rows.Where(row => row.Enabled && _seen.GetValueOrDefault(row.Id) != row.Config && RevolutAccount.Of(row) is not null))
                await Guarded(row, stop);
        }
        catch (Exception error) when (!stop.IsCancellationRequested)
        {
            LogRoundFailed(log, error);
        }
    }

    async Task Guarded(PaymentProviderRow row, CancellationToken stop)
    {
        var lease = $"revolut-webhook:{row.Id}";
        var now = shop.Time.Moment();
        var until = now.Plus(LeaseLength);
        if (!await shop.Db.Read(session => session.TakeLease(lease, owner, now, until, stop), stop))
            return;
        try
        {
            // As it is under the lease: another process may have been quicker.
            if (await shop.Db.Read(session => session.FindProvider(row.Id, stop), stop) is { Enabled: true } current && RevolutAccount.Of(current) is { } account)
                _seen[row.Id] = await Register(current, account, stop);
        }
        catch (OutsideFault fault)
        {
            LogFailed(log, fault, row.Id);
        }
        finally
        {
            await shop.Db.Read(async session =>
            {
                await session.GiveBackLease(lease, owner, until, CancellationToken.None);
                return true;
            }, CancellationToken.None);
        }
    }

    /// <summary>The row's configuration once all is well.</summary>
    async Task<string> Register(PaymentProviderRow row, RevolutAccount account, CancellationToken stop)
    {
        var ours = (await client.ListWebhooks(account, stop)).Where(hook => hook.Url == Address.AbsoluteUri).ToList();
        if (account.WebhookSecret is not null && ours.Count > 0)
            return row.Config;
        // Listed, but its secret is lost: it is told only once.
        foreach (var hook in ours)
            await client.DeleteWebhook(account, hook.Id, stop);
        var (id, secret) = await client.CreateWebhook(account, Address, Events, stop);
        var config = RevolutAccount.WithSecret(row.Config, secret);
        if (await shop.Db.Write(session => session.ReplaceProviderConfig(row, config, shop.Clock.Now, stop), stop))
        {
            LogRegistered(log, row.Id);
            return config;
        }
        // Changed meanwhile: what was made is taken back, so that no secret is taken for that of another registration.
        await client.DeleteWebhook(account, id, stop);
        throw OutsideFault.Transient("The payment provider was changed at the same time");
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Registered the webhook of payment provider {Provider} at Revolut")]
    static partial void LogRegistered(ILogger logger, uint provider);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The webhook of payment provider {Provider} could not be registered at Revolut; trying again")]
    static partial void LogFailed(ILogger logger, Exception error, uint provider);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Payment providers could not be read; trying again")]
    static partial void LogRoundFailed(ILogger logger, Exception error);
}
