using System.Net;
using Lnvps.Health.Configuration;
using Lnvps.Health.Mss;
using Lnvps.Platform.Configuration;

namespace Lnvps.Health.Tests.Configuration;

public class HealthSettingsTests
{
    static HealthSettings Read(string yaml) => HealthSettings.Read(SettingsNode.Parse("health.yaml", yaml));

    const string Smtp = "host: mail.example.com, username: u, password: p, from: Health <h@example.com>";

    [Fact]
    public void Defaults()
    {
        var settings = Read("");
        Assert.Equal((TimeSpan.FromSeconds(600), TimeSpan.FromSeconds(3600)), (settings.Interval, settings.Cooldown));
        Assert.Null(settings.Metrics);
        Assert.Null(settings.Mail);
        Assert.Empty(settings.Checks);
        Assert.Equal(new IPEndPoint(IPAddress.Loopback, 9090), Read("metrics: {enabled: true}").Metrics);
        Assert.Null(Read("metrics: {bind: '127.0.0.1:1'}").Metrics);
    }

    [Fact]
    public void A_whole_file()
    {
        var settings = Read("""
            interval-secs: 60
            alert-cooldown-secs: 120
            metrics: {enabled: true, bind: "[::1]:9091"}
            smtp: {host: mail.example.com, username: u, password: p, from: "Health <h@example.com>", to: [a@example.com, "B <b@example.com>"], starttls: true}
            mss-checks:
              - {name: web, host: shop.example, port: 443, expected-mss: 1400}
              - {name: literal, host: "2001:db8::1", port: 22, expected-mss: 10}
              - {name: both, host: 192.0.2.1, port: 22, expected-mss-v6: 1220}
            dns-checks:
              - {name: ours, server: 192.0.2.53, server-v6: "2001:db8::53", query: shop.example, expected-ips: [192.0.2.1, "2001:db8::1"], timeout-secs: 2}
              - {name: other, server-v6: "2001:db8::54", query: shop.example}
            pmtu-checks: [{name: not known}]
            """);
        Assert.Equal((TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(120), IPEndPoint.Parse("[::1]:9091")), (settings.Interval, settings.Cooldown, settings.Metrics));
        Assert.Equal(("mail.example.com", 587, MailEncryption.StartTls, "h@example.com"),
            (settings.Mail!.Server.Host, settings.Mail.Server.Port, settings.Mail.Server.Encryption, settings.Mail.Server.From.Address));
        Assert.Equal(["a@example.com", "b@example.com"], settings.Mail.To.Select(to => to.Address));
        Assert.Equal(
        [
            "mss:shop.example:443:v4", "mss:shop.example:443:v6", "mss:2001:db8::1:22:v4", "mss:2001:db8::1:22:v6", "mss:192.0.2.1:22:v4", "mss:192.0.2.1:22:v6",
            "dns:192.0.2.53:shop.example:v4", "dns:2001:db8::53:shop.example:v6", "dns:2001:db8::54:shop.example:v6",
        ], settings.Checks.Select(check => check.Id));
        Assert.Equal([1400, 1380, 10, 0, 1460, 1220], settings.Checks.OfType<MssCheck>().Select(check => check.Expected));
        Assert.Equal([16.0, 7.0], [settings.Checks[8].Limit.TotalSeconds, settings.Checks[6].Limit.TotalSeconds]);
        Assert.Equal("ours (v6)", settings.Checks[7].Name);
    }

    [Fact]
    public void Mail_with_TLS_from_the_first_byte_has_its_own_port_and_one_recipient_needs_no_list()
    {
        var mail = Read($"smtp: {{{Smtp}, to: a@example.com, starttls: false}}").Mail!;
        Assert.Equal((465, MailEncryption.Implicit, "a@example.com"), (mail.Server.Port, mail.Server.Encryption, Assert.Single(mail.To).Address));
        Assert.Equal(2525, Read($"smtp: {{{Smtp}, to: a@example.com, starttls: false, port: 2525}}").Mail!.Server.Port);
    }

    [Theory]
    [InlineData("interval-secs: 0", "interval-secs")]
    [InlineData("interval-secs: soon", "interval-secs")]
    [InlineData("alert-cooldown-secs: -1", "alert-cooldown-secs")]
    [InlineData("metrics: {enabled: maybe}", "metrics.enabled")]
    [InlineData("metrics: {bind: localhost}", "metrics.bind")]
    [InlineData("smtp: {username: u, password: p, from: h@example.com, to: a@example.com}", "smtp.host")]
    [InlineData("smtp: {" + Smtp + "}", "smtp.to")]
    [InlineData("smtp: {" + Smtp + ", to: []}", "smtp.to")]
    [InlineData("smtp: {" + Smtp + ", to: [a@example.com, nobody]}", "smtp.to")]
    [InlineData("smtp: {" + Smtp + ", to: a@example.com, port: 70000}", "smtp.port")]
    [InlineData("smtp: {host: m.example, username: u, password: p, from: nobody, to: a@example.com}", "smtp.from")]
    [InlineData("mss-checks: {name: a}", "mss-checks")]
    [InlineData("mss-checks: [a]", "mss-checks")]
    [InlineData("mss-checks: [{host: a.example, port: 1}]", "mss-checks[0].name")]
    [InlineData("mss-checks: [{name: a, host: a.example}]", "mss-checks[0].port")]
    [InlineData("mss-checks: [{name: a, host: a.example, port: 0}]", "mss-checks[0].port")]
    [InlineData("mss-checks: [{name: a, host: 'a b', port: 1}]", "mss-checks[0].host")]
    [InlineData("mss-checks: [{name: a, host: a.example, port: 1}, {name: b, host: a.example, port: 1}]", "mss-checks[1].host")]
    [InlineData("mss-checks: [{name: a, host: a.example, port: 1, expected-mss: -5}]", "mss-checks[0].expected-mss")]
    [InlineData("dns-checks: [{name: a, query: a.example}]", "dns-checks[0].server")]
    [InlineData("dns-checks: [{name: a, server: 192.0.2.1}]", "dns-checks[0].query")]
    [InlineData("dns-checks: [{name: a, server: '2001:db8::1', query: a.example}]", "dns-checks[0].server")]
    [InlineData("dns-checks: [{name: a, server-v6: 192.0.2.1, query: a.example}]", "dns-checks[0].server-v6")]
    [InlineData("dns-checks: [{name: a, server: ns.example, query: a.example}]", "dns-checks[0].server")]
    [InlineData("dns-checks: [{name: a, server: 8.8.8, query: a.example}]", "dns-checks[0].server")]
    [InlineData("dns-checks: [{name: a, server: 010.8.8.8, query: a.example}]", "dns-checks[0].server")]
    [InlineData("dns-checks: [{name: a, server: 192.0.2.1, query: a.example, expected-ips: [1]}]", "dns-checks[0].expected-ips")]
    [InlineData("dns-checks: [{name: a, server: 192.0.2.1, query: a..example}]", "dns-checks[0].query")]
    [InlineData("dns-checks: [{name: a, server: 192.0.2.1, query: a.example, expected-ips: [192.0.2.999]}]", "dns-checks[0].expected-ips")]
    [InlineData("dns-checks: [{name: a, server: 192.0.2.1, query: a.example, timeout-secs: 0}]", "dns-checks[0].timeout-secs")]
    [InlineData("dns-checks: [{name: a, server: 192.0.2.1, query: a.example}, {name: b, server: 192.0.2.1, query: a.example}]", "dns-checks[1].query")]
    public void A_wrong_key_is_named(string yaml, string key)
    {
        var error = Assert.Throws<SettingsException>(() => Read(yaml));
        Assert.Contains($"'{key}'", error.Message, StringComparison.Ordinal);
        Assert.Contains("health.yaml line 1", error.Message, StringComparison.Ordinal);
    }
}
