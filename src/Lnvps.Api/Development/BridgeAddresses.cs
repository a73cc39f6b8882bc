using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Lnvps.Platform.Configuration;

namespace Lnvps.Api.Development;

/// <summary>This machine's own addresses on the bridge of its guests, where it is their gateway.</summary>
static class BridgeAddresses
{
    /// <summary>With the length of their networks, such as <c>10.77.0.1/24</c>. What every interface gives itself is left out.</summary>
    /// <exception cref="SettingsException">There is no such bridge, or no IPv4 address on it.</exception>
    public static IReadOnlyList<string> Of(string bridge)
    {
        var found = NetworkInterface.GetAllNetworkInterfaces().FirstOrDefault(one => one.Name == bridge)
            ?? throw new SettingsException($"There is no bridge {bridge}; make it with scripts/bridge-up");
        var addresses = found.GetIPProperties().UnicastAddresses.Where(one => !one.Address.IsIPv6LinkLocal).ToList();
        return addresses.Exists(one => one.Address.AddressFamily == AddressFamily.InterNetwork)
            ? [.. addresses.Select(one => $"{new IPAddress(one.Address.GetAddressBytes())}/{one.PrefixLength}")]
            : throw new SettingsException($"Bridge {bridge} has no IPv4 address, which would be the guests' gateway; give it one with scripts/bridge-up");
    }
}
