using System.Net;
using Lnvps.Firewall.Configuration;
using Lnvps.Firewall.Kernel;
using Lnvps.Platform.Configuration;

namespace Lnvps.Firewall.Tests.Configuration;

public sealed class FirewallSettingsTests
{
    [Fact]
    public void Only_interfaces_are_needed()
    {
        var settings = FirewallSettings.Read("f", "interfaces: [eth0, eth1.7]");
        Assert.Equal(["eth0", "eth1.7"], settings.Interfaces);
        Assert.Equal((XdpMode.Auto, new PacketLimits(1000, 10000), 16384u, false), (settings.Mode, settings.Defaults, settings.Destinations, settings.DryRun));
        Assert.Equal(TimeSpan.FromSeconds(5), settings.StatisticsInterval);
        Assert.Null(settings.Metrics);
        Assert.Null(settings.PinFolder);
    }

    [Fact]
    public void Everything_can_be_set()
    {
        var settings = FirewallSettings.Read("f", """
            interfaces: [eth0]
            xdp-mode: generic
            dry-run: true
            pin: /sys/fs/bpf/lnvps_fw
            max-destinations: 100
            learning: {stats-interval-secs: 0}
            metrics: {listen: "127.0.0.1:9465"}
            syn-limit:
              rate: 0
              burst: 10000000
              overrides: [{ip: 192.0.2.1, rate: 1, burst: 2}, {ip: "2001:db8::1", rate: 3, burst: 4}]
            allow:
              destinations: ["2001:db8::9"]
              sources: [198.51.100.0/24, 192.0.2.7]
            """);
        Assert.Equal(new PacketLimits(0, 10_000_000), settings.Defaults);
        Assert.Equal([new LimitOverride(IPAddress.Parse("192.0.2.1"), new(1, 2)), new LimitOverride(IPAddress.Parse("2001:db8::1"), new(3, 4))], settings.Overrides);
        Assert.Equal([IPNetwork.Parse("198.51.100.0/24"), IPNetwork.Parse("192.0.2.7/32")], settings.AllowedSources);
        Assert.Equal([IPAddress.Parse("2001:db8::9")], settings.AllowedDestinations);
        Assert.Equal((XdpMode.Generic, true, 100u, TimeSpan.Zero), (settings.Mode, settings.DryRun, settings.Destinations, settings.StatisticsInterval));
        Assert.Equal("/sys/fs/bpf/lnvps_fw", settings.PinFolder);
        Assert.Equal(IPEndPoint.Parse("127.0.0.1:9465"), settings.Metrics);
    }

    [Theory]
    [InlineData("interfaces: []", "interfaces")]
    [InlineData("xdp-mode: auto", "interfaces")]
    [InlineData("interfaces: [a-name-much-too-long]", "interfaces")]
    [InlineData("interfaces: ['../x']", "interfaces")]
    [InlineData("interfaces: [a, a]", "interfaces")]
    [InlineData("interfaces: [a]\nxdp-mode: fast", "xdp-mode")]
    [InlineData("interfaces: [a]\nspeed: 1", "speed")]
    [InlineData("interfaces: [a]\nsyn-limit: {rate: 1000001}", "syn-limit.rate")]
    [InlineData("interfaces: [a]\nsyn-limit: {burst: -1}", "syn-limit.burst")]
    [InlineData("interfaces: [a]\nsyn-limit: {overrides: [{ip: 1.2, rate: 1, burst: 1}]}", "ip")]
    [InlineData("interfaces: [a]\nsyn-limit: {overrides: [{ip: 1.2.3.4, rate: 1}]}", "burst")]
    [InlineData("interfaces: [a]\nsyn-limit: {overrides: [{ip: 1.2.3.4, rate: 1, burst: 1, x: 1}]}", "x")]
    [InlineData("interfaces: [a]\nsyn-limit: {overrides: [{ip: 1.2.3.4, rate: 1, burst: 1}, {ip: 1.2.3.4, rate: 2, burst: 1}]}", "ip")]
    [InlineData("interfaces: [a]\nallow: {sources: [1.2.3.4/24]}", "allow.sources")]
    [InlineData("interfaces: [a]\nallow: {destinations: [1.2.3.4/24]}", "allow.destinations")]
    [InlineData("interfaces: [a]\nmetrics: {listen: here}", "metrics.listen")]
    [InlineData("interfaces: [a]\npin: here", "pin")]
    [InlineData("interfaces: [a]\nmax-destinations: 0", "max-destinations")]
    [InlineData("interfaces: [a", "YAML")]
    public void What_is_wrong_is_named_with_its_key(string yaml, string key)
    {
        var error = Assert.Throws<SettingsException>(() => FirewallSettings.Read("firewall.yaml", yaml));
        Assert.Contains("firewall.yaml", error.Message, StringComparison.Ordinal);
        Assert.Contains(key, error.Message, StringComparison.Ordinal);
    }
}
