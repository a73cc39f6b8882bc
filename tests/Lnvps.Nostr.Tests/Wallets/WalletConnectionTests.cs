using Lnvps.Nostr.Relays;
using Lnvps.Nostr.Tests.Events;
using Lnvps.Nostr.Wallets;

namespace Lnvps.Nostr.Tests.Wallets;

public class WalletConnectionTests
{
    const string Secret = "7b911fd37cdf5c81d4c0adb1ab7fa822ed253ab0ad9aa18d77257c88b29b718e";

    static readonly string s_wallet = Sample.Key.PublicKey.ToString();

    static string? Problem(string text) => WalletConnection.TryParse(text, RelayRules.Strangers, out _, out var problem) ? null : problem;

    [Fact]
    public void All_forms_of_a_connection_are_read()
    {
        foreach (var text in new[]
        {
            $"nostr+walletconnect://{s_wallet}?relay=wss%3A%2F%2Frelay.example&secret={Secret}",
            $"nostr+walletconnect://{s_wallet}?secret={Secret}&relay=wss://relay.example&lud16=a@b.example&x",
            $"  nostr+walletconnect:{s_wallet.ToUpperInvariant()}?relay=wss://relay.example&secret={Secret.ToUpperInvariant()}\n",
            $"NOSTR+WALLETCONNECT://{s_wallet}/?relay=ws://127.0.0.1&relay=wss://relay.example&secret={Secret}",
        })
        {
            Assert.True(WalletConnection.TryParse(text, RelayRules.Strangers, out var connection, out _), text);
            Assert.Equal(s_wallet, connection.Wallet.ToString());
            Assert.Equal([new Uri("wss://relay.example")], connection.Relays);
            using (connection.Secret)
                Assert.DoesNotContain(Secret, connection.ToString(), StringComparison.OrdinalIgnoreCase);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("https://example.com")]
    [InlineData("nostr+walletconnect://")]
    [InlineData("nostr+walletconnect://relay.example?secret=" + Secret)]
    [InlineData("nostr+walletconnect://0000000000000000000000000000000000000000000000000000000000000005?relay=wss://a.example&secret=" + Secret)]
    [InlineData("nostr+walletconnect://KEY")]
    [InlineData("nostr+walletconnect://KEY?relay=wss://a.example")]
    [InlineData("nostr+walletconnect://KEY?relay=wss://a.example&secret=")]
    [InlineData("nostr+walletconnect://KEY?relay=wss://a.example&secret=0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("nostr+walletconnect://KEY?relay=wss://192.168.0.1&secret=" + Secret)]
    [InlineData("nostr+walletconnect://KEY?relay=ws://a.example&secret=" + Secret)]
    [InlineData("nostr+walletconnect://KEY?relay=%zz%&secret=" + Secret)]
    public void Anything_else_is_refused_without_repeating_it(string text)
    {
        var problem = Problem(text.Replace("KEY", s_wallet, StringComparison.Ordinal));
        Assert.NotNull(problem);
        Assert.DoesNotContain(Secret, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Bent_connections_never_throw()
    {
        var good = $"nostr+walletconnect://{s_wallet}?relay=wss%3A%2F%2Frelay.example&secret={Secret}";
        var random = new Random(3);
        for (var i = 0; i < 30_000; i++)
        {
            var bent = good.ToCharArray();
            for (var n = random.Next(1, 4); n > 0; n--)
                bent[random.Next(bent.Length)] = random.Next(3) == 0 ? (char)random.Next(0x10000) : "%&=?/:[]@#"[random.Next(10)];
            Problem(new string(bent));
        }
    }
}
