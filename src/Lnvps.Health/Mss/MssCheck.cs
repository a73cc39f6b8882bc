using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Lnvps.Health.Checks;

namespace Lnvps.Health.Mss;

/// <summary>Whether connections to a port have the segments they should have, over one IP version (health.md section 2).</summary>
/// <param name="host">Name or address.</param>
/// <param name="expected">Least MSS, bytes.</param>
sealed class MssCheck(string name, string host, ushort port, Family family, int expected) : ICheck
{
    readonly (string, string)[] _labels =
        [("host", host), ("port", port.ToString(CultureInfo.InvariantCulture)), ("family", family.Text())];

    public string Id { get; } = string.Create(CultureInfo.InvariantCulture, $"mss:{host}:{port}:{family.Text()}");

    public string Name { get; } = $"{name} ({family.Text()})";

    public TimeSpan Limit => TimeSpan.FromSeconds(15);

    /// <summary>Least MSS, bytes.</summary>
    public int Expected => expected;

    public async Task<CheckResult> Run(CancellationToken stop)
    {
        IPAddress[] addresses;
        try
        {
            // The system's resolver cannot be interrupted, but it need not be waited for.
            addresses = await System.Net.Dns.GetHostAddressesAsync(host, stop).WaitAsync(stop);
        }
        catch (SocketException error)
        {
            return CheckResult.Error($"{host} cannot be resolved: {error.Message}");
        }
        if (addresses.FirstOrDefault(one => one.AddressFamily == family.Sockets()) is not { } address)
            return CheckResult.Skipped($"{host} has no {(family == Family.V4 ? "IPv4" : "IPv6")} address");
        var target = new IPEndPoint(address, port);
        try
        {
            var sizes = await MssProbe.Look(target, family, stop);
            return MssRules.Judge(new MssSighting($"{host} port {port}", target.ToString(), family, expected, sizes), Readings(sizes));
        }
        catch (Exception error) when (error is SocketException or TimeoutException)
        {
            return CheckResult.Error($"no connection to {target}: {error.Message}");
        }
    }

    List<Reading> Readings(ConnectionSizes sizes)
    {
        var readings = new List<Reading>(2);
        if (sizes.Mss is { } mss)
            readings.Add(new Reading(Measure.Mss, _labels, mss));
        if (sizes.PathMtu is { } mtu)
            readings.Add(new Reading(Measure.PathMtu, _labels, mtu));
        return readings;
    }
}
