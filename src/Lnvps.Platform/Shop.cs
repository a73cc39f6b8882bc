using Lnvps.Core.Time;
using Lnvps.Database.Sessions;
using Lnvps.Lightning.Nodes;
using Lnvps.Platform.Configuration;
using Lnvps.Platform.Payments.Providers;
using Lnvps.Platform.Rates;
using Lnvps.Platform.Taxes;
using Lnvps.Platform.Telemetry;
using Lnvps.Platform.Vms;

namespace Lnvps.Platform;

/// <summary>What the use cases share: the database, both clocks, the node, the rates, the rules of this installation.</summary>
public sealed record Shop(
    Db Db,
    IClock Clock,
    TimeProvider Time,
    ILightningNode Node,
    RateBook Rates,
    TaxBook Taxes,
    StateCache States,
    Settings Settings)
{
    /// <summary>Who takes money; the node always does.</summary>
    public PaymentProviders Providers { get; init; } = new([new LightningProvider(Node)]);

    /// <summary>Where this process counts what happens.</summary>
    public ShopMetrics Metrics { get; init; } = new();
}
