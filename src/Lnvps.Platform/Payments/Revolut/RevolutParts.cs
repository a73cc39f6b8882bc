using Lnvps.Core.Randomness;
using Lnvps.Database.Sessions;
using Lnvps.Platform.Configuration;
using Lnvps.Platform.Payments.Providers;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Lnvps.Platform.Payments.Revolut;

/// <summary>Everything of card payments, composed. It exists also while no account is configured: rows of the table may be added at any time.</summary>
public sealed class RevolutParts
{
    readonly RevolutClient _client;

    /// <param name="file">The section of the configuration file, if any.</param>
    public RevolutParts(Db db, RevolutSettings? file, HttpClient http, IRandomSource random, ILoggerFactory logs)
    {
        Accounts = new RevolutAccounts(file);
        _client = new RevolutClient(http);
        Provider = new RevolutProvider(db, Accounts, _client, random, logs.CreateLogger<RevolutProvider>());
    }

    public RevolutAccounts Accounts { get; }

    /// <summary>Makes and cancels orders.</summary>
    public IPaymentProvider Provider { get; }

    /// <summary>Takes messages, once <see cref="Connect"/> was called.</summary>
    public RevolutMessages Messages { get; private set; } = null!;

    /// <summary>Looks for settled orders, once <see cref="Connect"/> was called.</summary>
    public RevolutSweep Sweep { get; private set; } = null!;

    /// <summary>Connects settlements with the shop; returns what runs in the background.</summary>
    /// <param name="owner">Name of this process in leases.</param>
    public IReadOnlyList<IHostedService> Connect(Shop shop, CompletePayment complete, string owner, ILoggerFactory logs)
    {
        var settlement = new RevolutSettlement(shop, Accounts, _client, complete, logs.CreateLogger<RevolutSettlement>());
        Messages = new RevolutMessages(shop, Accounts, settlement, logs.CreateLogger<RevolutMessages>());
        Sweep = new RevolutSweep(shop, settlement, logs.CreateLogger<RevolutSweep>());
        return [new RegisterWebhooks(shop, _client, owner, logs.CreateLogger<RegisterWebhooks>()), Sweep];
    }
}
