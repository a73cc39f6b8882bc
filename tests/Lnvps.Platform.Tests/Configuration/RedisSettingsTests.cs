using Lnvps.Platform.Configuration;

namespace Lnvps.Platform.Tests.Configuration;

public class RedisSettingsTests
{
    static RedisSettings? Read(string section) => Settings.Read(SettingsNode.Parse("config.yaml", $$"""
        db: "sqlite:lnvps.db"
        public-url: "http://127.0.0.1:8000"
        listen: "127.0.0.1:8000"
        lightning:
          dev:
        provisioner:
        {{section}}
        """)).Redis;

    [Theory]
    [InlineData("redis://localhost:6398", "localhost", 6398, 0, null, false)]
    [InlineData("redis://localhost", "localhost", 6379, 0, null, false)]
    [InlineData("redis://[::1]:6380/3", "::1", 6380, 3, null, false)]
    [InlineData("rediss://:p%40ss%3Aw%2Frd@redis.example.com/", "redis.example.com", 6379, 0, "p@ss:w/rd", true)]
    [InlineData("redis://default:secret@10.0.0.1:6379/0", "10.0.0.1", 6379, 0, "secret", false)]
    public void Addresses_are_understood(string url, string host, int port, int database, string? password, bool tls) => Assert.Equal(
        new RedisSettings { Host = host, Port = port, Database = database, Password = password, Tls = tls, StateLifetime = TimeSpan.FromSeconds(300) },
        Read($"redis: {{url: \"{url}\"}}"));

    [Fact]
    public void Nothing_is_shared_without_the_section() => Assert.Null(Read(""));

    [Fact]
    public void The_lifetime_of_states_can_be_chosen() => Assert.Equal(TimeSpan.FromSeconds(600), Read("redis: {url: \"redis://localhost\", ttl: 600}")!.StateLifetime);

    [Theory]
    [InlineData("redis: {url: \"localhost:6379\"}", "redis.url")]
    [InlineData("redis: {url: \"http://:hunter2@localhost\"}", "redis.url")]
    [InlineData("redis: {url: \"redis://:hunter2@localhost/x\"}", "redis.url")]
    [InlineData("redis: {url: \"redis://:hunter2@localhost/1?ssl=1\"}", "redis.url")]
    [InlineData("redis: {url: \"redis://shop:hunter2@localhost\"}", "redis.url")]
    [InlineData("redis: {ttl: 300}", "redis.url")]
    [InlineData("redis: {url: \"redis://localhost\", ttl: 60}", "redis.ttl")]
    public void What_is_wrong_is_named_and_never_repeated(string section, string key)
    {
        var error = Assert.Throws<SettingsException>(() => Read(section));

        Assert.Contains($"'{key}'", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_password_is_in_no_text() =>
        Assert.DoesNotContain("hunter2", $"{Read("redis: {url: \"redis://:hunter2@localhost\"}")}", StringComparison.Ordinal);
}
