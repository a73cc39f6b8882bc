using Lnvps.Platform.Configuration;

namespace Lnvps.Platform.Tests.Configuration;

/// <summary>
/// Each section that configuration files of this shop have in the field, as they have it: it is read, and its values arrive where they are used. Of those whose
/// feature this version lacks, operators are told.
/// </summary>
public class SectionsTests
{
    const string Least = """
        db: "mysql://root:root@localhost:3376/lnvps"
        public-url: "https://api.example.com"
        lightning: {lnd: {url: "https://127.0.0.1:10003", cert: "c", macaroon: "m"}}
        provisioner: {}

        """;

    static Settings With(string section) => Settings.Read(SettingsNode.Parse("config.yaml", Least + section));

    static Settings Instead(string key, string section)
    {
        var rest = string.Join('\n', Least.Split('\n').Where(line => !line.StartsWith(key, StringComparison.Ordinal)));
        return Settings.Read(SettingsNode.Parse("config.yaml", $"{rest}\n{section}"));
    }

    [Fact]
    public void Core()
    {
        var settings = Settings.Read(SettingsNode.Parse("config.yaml", """
            # MySQL connection string (required)
            db: "mysql://root:root@localhost:3376/lnvps"
            public-url: "https://api.example.com"
            listen: "0.0.0.0:8000"
            delete-after: 3
            read-only: false
            lightning: {lnd: {url: "https://127.0.0.1:10003", cert: "c", macaroon: "m"}}
            provisioner:
            """));

        Assert.Equal(("https://api.example.com/", "0.0.0.0:8000", 3, false),
            (settings.PublicUrl.AbsoluteUri, settings.Listen.ToString(), settings.DeleteAfterDays, settings.ReadOnly));
        Assert.Empty(settings.Unused);
    }

    [Fact]
    public void Lightning()
    {
        Environment.SetEnvironmentVariable("LNVPS_SECTIONS_HOME", "/home/lnvps");
        var lnd = Assert.IsType<LightningSettings.Lnd>(Instead("lightning", """
            lightning:
              lnd:
                url: "https://127.0.0.1:10003"
                cert: "$LNVPS_SECTIONS_HOME/.lnd/tls.cert"
                macaroon: "$LNVPS_SECTIONS_HOME/.lnd/data/chain/bitcoin/mainnet/admin.macaroon"
            """).Lightning);

        Assert.Equal(new Uri("https://127.0.0.1:10003"), lnd.Url);
        Assert.Equal("/home/lnvps/.lnd/tls.cert", lnd.Certificate);
        Assert.Equal("/home/lnvps/.lnd/data/chain/bitcoin/mainnet/admin.macaroon", lnd.Macaroon);
    }

    [Fact]
    public void Provisioner()
    {
        var settings = Instead("provisioner", """
            provisioner:
              proxmox:
                qemu:
                  machine: "q35"
                  os-type: "l26"
                  bridge: "vmbr0"
                  cpu: "kvm64"
                  kvm: false
                  arch: "x86_64"
                  firewall-config: {dhcp: true, enable: true, ip-filter: true, mac-filter: true, ndp: true, policy-in: "DROP", policy-out: "ACCEPT"}
                ssh: {key: "/root/.ssh/id_ed25519", user: "root"}
                mac-prefix: "bc:24:11"
              libvirt:
                qemu: {machine: "q35", os-type: "l26", bridge: "vmbr0", cpu: "kvm64", kvm: false}
            """);

        Assert.Equal(("q35", "vmbr0", "kvm64", false, "x86_64"),
            (settings.Provisioner.LibVirt!.Machine, settings.Provisioner.LibVirt.Bridge, settings.Provisioner.LibVirt.Cpu, settings.Provisioner.LibVirt.Kvm, settings.Provisioner.LibVirt.Arch));
        Assert.Equal(["provisioner.proxmox"], settings.Unused);
    }

    [Fact]
    public void Revolut() => Assert.Equal(new RevolutSettings(new Uri("https://merchant.revolut.com"), "my-revolut-api-token", "2024-09-01", "my-revolut-public-key"), With("""
        revolut:
          url: "https://merchant.revolut.com"
          token: "my-revolut-api-token"
          api-version: "2024-09-01"
          public-key: "my-revolut-public-key"
        """).Revolut);

    [Fact]
    public void Mail()
    {
        var settings = With("""
            smtp:
              admin: 1
              server: "smtp.gmail.com"
              from: "LNVPS <no-reply@example.com>"
              username: "no-reply@example.com"
              password: "mypassword123"
            """);

        Assert.NotNull(settings.Smtp);
        Assert.DoesNotContain("mypassword123", settings.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Nostr()
    {
        var settings = With("""
            nostr:
              relays:
                - "wss://relay.snort.social"
                - "wss://relay.damus.io"
                - "wss://nos.lol"
              nsec: "nsec1vl029mgpspedva04g90vltkh6fvh240zqtv9k0t9af8935ke9laqsnlfe5"
            """);

        Assert.NotNull(settings.Nostr);
    }

    [Theory]
    [InlineData("dns:\n  forward-zone-id: \"my-cloudflare-zone-id\"\n  api:\n    cloudflare:\n      token: \"my-api-token\"", "dns")]
    public void What_this_version_lacks_is_said_and_does_not_hinder(string section, string name) => Assert.Equal([name], With(section).Unused);

    [Fact]
    public void Redis()
    {
        var redis = With("""
            redis:
              url: "redis://localhost:6379"
            """).Redis!;

        Assert.Equal(("localhost", 6379, TimeSpan.FromSeconds(300)), (redis.Host, redis.Port, redis.StateLifetime));
    }

    [Fact]
    public void Encryption()
    {
        var encryption = With("""
            encryption:
              key-file: "/etc/lnvps/encryption.key"
              auto-generate: true   # generate key if absent
            """).Encryption!;

        Assert.Equal(("/etc/lnvps/encryption.key", true), (encryption.KeyFile, encryption.AutoGenerate));
    }

    [Fact]
    public void Taxes() => Assert.Equal(new Dictionary<string, decimal> { ["IE"] = 23, ["US"] = 15 }, With("""
        # ISO 3166-1 alpha-2 country codes
        tax-rate:
          IE: 23
          US: 15
        """).TaxRates);

    [Fact]
    public void Nostr_address_host() => Assert.Equal("nostr.example.com", With("""nostr-address-host: "nostr.example.com" """).NostrAddressHost);

    [Fact]
    public void Captcha()
    {
        var captcha = With("""
            captcha:
              turnstile:
                secret-key: "my-cloudflare-turnstile-secret"
            """).Captcha!;

        Assert.Equal(("my-cloudflare-turnstile-secret", "https://challenges.cloudflare.com/turnstile/v0/siteverify"), (captcha.SecretKey, captcha.Url.AbsoluteUri));
        Assert.DoesNotContain("my-cloudflare-turnstile-secret", $"{captcha}", StringComparison.Ordinal);
    }

    [Fact]
    public void The_printed_sample_of_all_of_it()
    {
        var settings = Settings.Read(SettingsNode.Parse("config.yaml", """
            db: "mysql://root:root@localhost:3376/lnvps"
            public-url: "https://api.example.com"
            listen: "0.0.0.0:8000"
            delete-after: 3
            read-only: false
            lightning:
              lnd: {url: "https://127.0.0.1:10003", cert: "/etc/lnd/tls.cert", macaroon: "/etc/lnd/admin.macaroon"}
            provisioner:
              proxmox:
                bios: ovmf
                vlan: 3
                read-only: false
                qemu: {machine: "q35", os-type: "l26", bridge: "vmbr0", cpu: "kvm64", kvm: false, arch: "x86_64"}
            redis: {url: "redis://localhost:6398", ttl: 300}
            encryption: {key-file: "encryption.key", auto-generate: true}
            tax-rate: {IE: 23}
            captcha: {turnstile: {secret-key: "1x0000000000000000000000000000000AA"}}
            """));

        Assert.Equal(["provisioner.proxmox"], settings.Unused);
        Assert.Equal(("localhost", 6398), (settings.Redis!.Host, settings.Redis.Port));
        Assert.Equal(23, settings.TaxRates["IE"]);
    }
}
