using System.Net;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Randomness;
using Lnvps.Nostr.Relays;
using Lnvps.Nostr.Tests.Events;
using Lnvps.Testing.Nostr;

namespace Lnvps.Nostr.Tests.Relays;

public class RelayRulesTests
{
    [Theory]
    [InlineData("wss://relay.example", true)]
    [InlineData("wss://relay.example:444/path?x=1", true)]
    [InlineData(" wss://relay.example ", true)]
    [InlineData("wss://8.8.8.8", true)]
    [InlineData("wss://[2a01:4f8::1]:444", true)]
    [InlineData("ws://abc.onion", true)]
    [InlineData("ws://relay.example", false)]
    [InlineData("https://relay.example", false)]
    [InlineData("wss://user:pass@relay.example", false)]
    [InlineData("wss://127.0.0.1", false)]
    [InlineData("wss://2130706433", false)]
    [InlineData("wss://0x7f.1", false)]
    [InlineData("wss://[::1]", false)]
    [InlineData("wss://[::ffff:10.0.0.1]", false)]
    [InlineData("wss://10.1.2.3", false)]
    [InlineData("relay.example", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void Strangers_may_name_public_relays_only(string? text, bool allowed) => Assert.Equal(allowed, RelayRules.Strangers.TryParse(text, out _));

    [Theory]
    [InlineData("0.0.0.0", false)]
    [InlineData("100.64.0.1", false)]
    [InlineData("100.128.0.1", true)]
    [InlineData("169.254.169.254", false)]
    [InlineData("172.15.0.1", true)]
    [InlineData("172.16.0.1", false)]
    [InlineData("172.31.255.255", false)]
    [InlineData("192.168.1.1", false)]
    [InlineData("192.0.2.1", false)]
    [InlineData("198.18.0.1", false)]
    [InlineData("203.0.113.5", false)]
    [InlineData("224.0.0.1", false)]
    [InlineData("255.255.255.255", false)]
    [InlineData("1.1.1.1", true)]
    [InlineData("::", false)]
    [InlineData("fe80::1", false)]
    [InlineData("fd00::1", false)]
    [InlineData("ff02::1", false)]
    [InlineData("2001:db8::1", false)]
    [InlineData("64:ff9b::7f00:1", false)]
    [InlineData("64:ff9b::808:808", true)]
    [InlineData("2002:7f00:1::", false)]
    [InlineData("2606:4700::1111", true)]
    public void Addresses_inside_are_not_public(string address, bool isPublic) => Assert.Equal(isPublic, RelayRules.IsPublic(IPAddress.Parse(address)));

    [Fact]
    public async Task A_name_that_leads_inside_is_not_dialled()
    {
        await using var relay = await TestRelay.Start();
        var parts = new RelayParts(TimeProvider.System, new SecureRandomness(), RelayRules.Strangers) { PublishLimit = TimeSpan.FromSeconds(2) };
        await using var pool = new RelayPool([new Uri($"ws://localhost:{relay.Url.Port}")], parts);
        Assert.Equal(0, await pool.Opened(default));
        await Assert.ThrowsAsync<OutsideFault>(() => pool.Publish(Sample.Event("x"), default));
        Assert.Equal(0, relay.Connections);
    }
}
