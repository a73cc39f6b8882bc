using System.Net;

namespace Lnvps.Platform.Configuration;

/// <summary>
/// Where the metrics are served (section <c>metrics</c>): on a port of their own, so that nobody who reaches the API reads how the shop stands.
/// </summary>
/// <param name="Listen">Null = nowhere.</param>
/// <param name="IsDefault">Nobody chose the address: when another program has it, the shop starts without metrics.</param>
public sealed record MetricsSettings(IPEndPoint? Listen, bool IsDefault)
{
    static readonly IPEndPoint Usual = new(IPAddress.Loopback, 9464);

    internal static MetricsSettings Read(SettingsNode? section)
    {
        if (section?.Flag("enabled", otherwise: true) == false)
            return new MetricsSettings(null, IsDefault: false);
        return section?.OptionalEndPoint("listen") is { } chosen ? new MetricsSettings(chosen, IsDefault: false) : new MetricsSettings(Usual, IsDefault: true);
    }
}
