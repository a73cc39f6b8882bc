using Lnvps.Platform.Configuration;

namespace Lnvps.Platform.Tests.Configuration;

/// <summary>Sections <c>smtp</c> and <c>nostr</c>, and the keys of wallets and Nostr names.</summary>
public class MessageSettingsTests
{
    const string Secret = "67dea2ed018072d675f5415ecfaed7d2597555e202d85b3d65ea4e58d2d92ffa";

    static Settings Read(string yaml, string lightning = "{lnd: {url: \"https://127.0.0.1:10003\", cert: c, macaroon: m}}") => Settings.Read(SettingsNode.Parse("config.yaml", $"""
        db: "sqlite:lnvps.db"
        public-url: "http://127.0.0.1:8000"
        listen: "127.0.0.1:8000"
        lightning: {lightning}
        provisioner:
        {yaml}
        """));

    [Fact]
    public void The_fragments_of_the_documentation_are_read()
    {
        var settings = Read($"""
            smtp:
              admin: 1                    # user ID to receive system alerts (optional)
              server: "smtp.gmail.com"
              from: "LNVPS <no-reply@example.com>"   # optional
              username: "no-reply@example.com"
              password: "mypassword123"
            nostr:
              relays:
                - "wss://relay.snort.social"
                - "wss://nos.lol"
              nsec: "{Secret}"
            nostr-address-host: "nostr.example.com"
            nostr-reserved-hosts: [shop.example, www.example]
            """);
        var smtp = settings.Smtp!;
        Assert.Equal(("smtp.gmail.com", 465, MailEncryption.Implicit, 1u), (smtp.Host, smtp.Port, smtp.Encryption, smtp.Admin!.Value));
        Assert.Equal(("LNVPS", "no-reply@example.com"), (smtp.From.DisplayName, smtp.From.Address));
        Assert.Equal([new Uri("wss://relay.snort.social"), new Uri("wss://nos.lol")], settings.Nostr!.Relays);
        Assert.Equal("nostr.example.com", settings.NostrAddressHost);
        Assert.Equal(["shop.example", "www.example"], settings.NostrReservedHosts);
        Assert.False(settings.AllowPrivateRelays);
    }

    [Fact]
    public void Absent_sections_send_nothing_and_private_relays_are_for_development()
    {
        var settings = Read("", "{dev: {}}");
        Assert.Null(settings.Smtp);
        Assert.Null(settings.Nostr);
        Assert.True(settings.AllowPrivateRelays);
        Assert.True(Read("allow-private-relays: true").AllowPrivateRelays);
    }

    [Theory]
    [InlineData("mail.example", "auto", 465, MailEncryption.Implicit)]
    [InlineData("mail.example:587", "auto", 587, MailEncryption.StartTls)]
    [InlineData("mail.example:465", "starttls", 465, MailEncryption.StartTls)]
    [InlineData("mail.example:2525", "implicit", 2525, MailEncryption.Implicit)]
    [InlineData("127.0.0.1:25", "none", 25, MailEncryption.None)]
    [InlineData("[::1]:25", "none", 25, MailEncryption.None)]
    [InlineData("localhost:25", "none", 25, MailEncryption.None)]
    public void The_port_decides_unless_told(string server, string tls, int port, MailEncryption encryption)
    {
        var smtp = Read($"smtp: {{server: \"{server}\", tls: {tls}, username: shop@example.com, password: p}}").Smtp!;
        Assert.Equal((port, encryption, "shop@example.com"), (smtp.Port, smtp.Encryption, smtp.From.Address));
        Assert.DoesNotContain('[', smtp.Host);
    }

    [Theory]
    [InlineData("smtp: {server: \"mail.example:25\", tls: none, username: shop@example.com, password: hunter2}", "smtp.tls")]
    [InlineData("smtp: {server: mail.example, tls: maybe, username: shop@example.com, password: hunter2}", "smtp.tls")]
    [InlineData("smtp: {server: \"mail example/x\", username: shop@example.com, password: hunter2}", "smtp.server")]
    [InlineData("smtp: {server: mail.example, username: hunter2, password: hunter2}", "smtp.username")]
    [InlineData("smtp: {server: mail.example, username: shop@example.com}", "smtp.password")]
    [InlineData("smtp: {server: mail.example, from: \"hunter2 <\", username: shop@example.com, password: p}", "smtp.from")]
    [InlineData("nostr: {relays: [\"wss://a.example\"]}", "nostr.nsec")]
    [InlineData("nostr: {relays: [\"wss://a.example\"], nsec: hunter2}", "nostr.nsec")]
    [InlineData("nostr: {nsec: " + Secret + "}", "nostr.relays")]
    [InlineData("nostr: {relays: [\"https://hunter2.example\"], nsec: " + Secret + "}", "nostr.relays")]
    [InlineData("nostr: {relays: hunter2, nsec: " + Secret + "}", "nostr.relays")]
    public void What_is_wrong_is_named_and_no_secret_told(string yaml, string key)
    {
        var refused = Assert.Throws<SettingsException>(() => Read(yaml));
        Assert.Contains($"'{key}'", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, refused.Message, StringComparison.Ordinal);
    }
}
