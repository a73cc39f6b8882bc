using Lnvps.Database.Encryption;
using Lnvps.Platform.Configuration;

namespace Lnvps.Platform.Tests.Configuration;

public class SettingsTests
{
    const string Sample = """
        db: "mysql://root:hunter2@localhost:3376/lnvps"
        public-url: "https://api.example.com"
        listen: "0.0.0.0:8000"
        delete-after: 5
        read-only: true
        lightning:
          lnd: {url: "https://127.0.0.1:10003", cert: "/etc/lnd/tls.cert", macaroon: "$LNVPS_TEST_HOME/admin.macaroon"}
        provisioner:
          proxmox:
            qemu: {machine: "q35", os-type: "l26", bridge: "vmbr0", cpu: "kvm64", kvm: false}
          libvirt:
            image-pool: images
            qemu: {machine: "q35", os-type: "l26", bridge: "virbr9", cpu: "host", kvm: true}
        redis: {url: "redis://localhost:6398", ttl: 300}
        encryption: {key-file: "encryption.key", auto-generate: true}
        tax-rate: {IE: 23, DE: 19.5}
        an-unknown-key: [1, 2]
        """;

    static Settings Read(string yaml) => Settings.Read(SettingsNode.Parse("config.yaml", yaml));

    [Fact]
    public void Sample_is_read_whole()
    {
        Environment.SetEnvironmentVariable("LNVPS_TEST_HOME", "/srv/lnd");
        var settings = Read(Sample);

        Assert.Equal("mysql://root:hunter2@localhost:3376/lnvps", settings.Db);
        Assert.Equal(new Uri("https://api.example.com"), settings.PublicUrl);
        Assert.Equal("0.0.0.0:8000", settings.Listen.ToString());
        Assert.Equal(5, settings.DeleteAfterDays);
        Assert.True(settings.ReadOnly);
        var lnd = Assert.IsType<LightningSettings.Lnd>(settings.Lightning);
        Assert.Equal("/srv/lnd/admin.macaroon", lnd.Macaroon);
        Assert.Equal("images", settings.Provisioner.LibVirt!.ImagePool);
        Assert.Equal("x86_64", settings.Provisioner.LibVirt.Arch);
        Assert.Equal("efi", settings.Provisioner.LibVirt.Firmware);
        Assert.Equal(new EncryptionSettings("encryption.key", AutoGenerate: true), settings.Encryption);
        Assert.Equal(19.5m, settings.TaxRates["DE"]);
        Assert.True(settings.RateLimit);
    }

    [Fact]
    public void Absent_keys_take_their_defaults()
    {
        var settings = Read("""
            db: "sqlite:lnvps.db"
            public-url: "http://127.0.0.1:8000"
            listen: "127.0.0.1:8000"
            lightning: {dev: {}}
            provisioner:
            """);

        Assert.IsType<LightningSettings.Development>(settings.Lightning);
        Assert.Equal(3, settings.DeleteAfterDays);
        Assert.False(settings.ReadOnly);
        Assert.Null(settings.Provisioner.LibVirt);
        Assert.Null(settings.Encryption);
        Assert.Empty(settings.TaxRates);
        Assert.Equal(new Uri("https://mempool.space/api/v1/prices"), settings.Rates.Url);
    }

    [Theory]
    [InlineData("delete-after: 5", "delete-after: soon", 4, "delete-after")]
    [InlineData("delete-after: 5", "delete-after: 65536", 4, "delete-after")]
    [InlineData("listen: \"0.0.0.0:8000\"", "listen: somewhere", 3, "listen")]
    [InlineData("public-url: \"https://api.example.com\"", "public-url: api", 2, "public-url")]
    [InlineData("read-only: true", "read-only: maybe", 5, "read-only")]
    [InlineData("lnd: {url", "bitvora: {url", 7, "lightning.bitvora")]
    [InlineData("bridge: \"virbr9\", ", "", 13, "provisioner.libvirt.qemu.bridge")]
    [InlineData("image-pool: images", "firmware: coreboot", 12, "provisioner.libvirt.firmware")]
    [InlineData("mysql://root:hunter2@localhost:3376/lnvps", "postgres://localhost/lnvps", 1, "db")]
    [InlineData("{IE: 23, DE: 19.5}", "{IE: 23, XX: 19.5}", 16, "tax-rate.XX")]
    [InlineData("{IE: 23, DE: 19.5}", "{IE: 23, IRL: 23}", 16, "tax-rate.IRL")]
    [InlineData("{IE: 23, DE: 19.5}", "{IE: 23, ie: 23}", 16, "tax-rate.ie")]
    [InlineData("{IE: 23, DE: 19.5}", "{IE: 2300}", 16, "tax-rate.IE")]
    [InlineData("{IE: 23, DE: 19.5}", "{IE: -1}", 16, "tax-rate.IE")]
    [InlineData("an-unknown-key: [1, 2]", "exchange-rates: {fixed: {EUR: 1, eur: 2}}", 17, "exchange-rates.fixed.eur")]
    [InlineData("an-unknown-key: [1, 2]", "exchange-rates: {fixed: {XYZ: 1}}", 17, "exchange-rates.fixed.XYZ")]
    [InlineData("an-unknown-key: [1, 2]", "exchange-rates: {fixed: {BTC: 1}}", 17, "exchange-rates.fixed.BTC")]
    [InlineData("an-unknown-key: [1, 2]", "exchange-rates: {fixed: {EUR: 0}}", 17, "exchange-rates.fixed.EUR")]
    [InlineData("an-unknown-key: [1, 2]", "smtp:", 17, "smtp.server")]
    public void Wrong_setting_names_its_line_and_key(string right, string wrong, int line, string key)
    {
        var error = Assert.Throws<SettingsException>(() => Read(Sample.Replace(right, wrong, StringComparison.Ordinal)));

        Assert.Contains($"line {line}:", error.Message, StringComparison.Ordinal);
        Assert.Contains($"'{key}'", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("db")]
    [InlineData("public-url")]
    [InlineData("lightning")]
    [InlineData("provisioner")]
    public void Missing_key_is_named(string key)
    {
        var without = Sample.Replace($"{key}:", $"x-{key}:", StringComparison.Ordinal);

        Assert.Contains($"'{key}' is missing", Assert.Throws<SettingsException>(() => Read(without)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void No_message_holds_a_secret()
    {
        var broken = Sample.Replace("public-url", "public-url: [", StringComparison.Ordinal);
        var list = Sample.Replace("\"mysql://root:hunter2@localhost:3376/lnvps\"", "[hunter2]", StringComparison.Ordinal);

        Assert.DoesNotContain("hunter2", Assert.Throws<SettingsException>(() => Read(broken)).Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", Assert.Throws<SettingsException>(() => Read(list)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0.0.0.0:8000", "http://127.0.0.1:8000", "'listen'")]
    [InlineData("[::]:8000", "http://127.0.0.1:8000", "'listen'")]
    [InlineData("192.0.2.1:8000", "http://localhost:8000", "'listen'")]
    [InlineData("127.0.0.1:8000", "https://shop.example.com", "'public-url'")]
    public void Development_node_is_refused_beyond_loopback(string listen, string publicUrl, string key)
    {
        var error = Assert.Throws<SettingsException>(() => Read($$$"""
            db: "sqlite:lnvps.db"
            public-url: "{{{publicUrl}}}"
            listen: "{{{listen}}}"
            lightning: {dev: {}}
            provisioner: {}
            """));

        Assert.Contains(key, error.Message, StringComparison.Ordinal);
        Assert.Contains("loopback", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_nodes_are_refused() =>
        Assert.Contains("exactly one", Assert.Throws<SettingsException>(() => Read(Sample.Replace("lightning:\n", "lightning:\n  dev: {}\n", StringComparison.Ordinal))).Message,
            StringComparison.Ordinal);

    [Theory]
    [InlineData("- a\n- b")]
    [InlineData("just text")]
    public void A_file_that_is_no_map_is_refused(string yaml) => Assert.Throws<SettingsException>(() => Read(yaml));
}
