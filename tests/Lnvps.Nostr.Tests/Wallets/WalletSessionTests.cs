using Lnvps.Core.Identity;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Randomness;
using Lnvps.Nostr.Events;
using Lnvps.Nostr.Keys;
using Lnvps.Nostr.Relays;
using Lnvps.Nostr.Wallets;
using Lnvps.Testing.Nostr;

namespace Lnvps.Nostr.Tests.Wallets;

public class WalletSessionTests
{
    static readonly RelayParts s_parts = new(TimeProvider.System, new SecureRandomness(), RelayRules.Configured) { PublishLimit = TimeSpan.FromSeconds(2) };

    static WalletConnection Connection(string text) =>
        WalletConnection.TryParse(text, RelayRules.Configured, out var connection, out var problem) ? connection : throw new InvalidOperationException(problem);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_wallet_is_asked_in_the_encryption_it_reads(bool modern)
    {
        await using var relay = await TestRelay.Start();
        await using var wallet = await TestWallet.Start(relay.Url, modern);
        using var connection = Connection(wallet.ConnectionString);
        await using (var session = await WalletSession.Open(connection, s_parts, default))
        {
            Assert.Contains("pay_invoice", Assert.IsType<WalletReply.Info>(await session.GetInfo(default)).Methods);
            Assert.IsType<WalletReply.Paid>(await session.PayInvoice("lnbc1", default));
            Assert.IsType<WalletReply.Error>(await session.PayInvoice("lnbc1", default));
            Assert.Equal("NOT_FOUND", Assert.IsType<WalletReply.Error>(await session.LookUpInvoice(default, default)).Code);
        }
        Assert.Equal(4, wallet.WereModern.Count(was => was == modern));
        Assert.DoesNotContain(relay.Received, text => text.Contains("lnbc1", StringComparison.Ordinal));
        // Only the wallet itself is still there.
        for (var i = 0; i < 100 && relay.Connected > 1; i++)
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        Assert.Equal(1, relay.Connected);
    }

    [Fact]
    public async Task Errors_are_told_and_silence_is_neither_yes_nor_no()
    {
        await using var relay = await TestRelay.Start();
        await using var wallet = await TestWallet.Start(relay.Url);
        using var connection = Connection(wallet.ConnectionString);
        await using var session = await WalletSession.Open(connection, s_parts, default);
        wallet.Pay = _ => Task.FromResult<(string, string)?>(("QUOTA_EXCEEDED", "no budget"));
        Assert.Equal(new WalletReply.Error("QUOTA_EXCEEDED", "no budget"), await session.PayInvoice("lnbc2", default));

        wallet.AnswersNothing = true;
        using var limit = new CancellationTokenSource(TimeSpan.FromMilliseconds(500), TimeProvider.System);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => session.PayInvoice("lnbc3", limit.Token));
        relay.Silent = true;
        await Assert.ThrowsAsync<OutsideFault>(() => session.GetInfo(default));
    }

    [Fact]
    public async Task A_strangers_answer_is_not_the_wallets()
    {
        await using var relay = await TestRelay.Start();
        await using var wallet = await TestWallet.Start(relay.Url);
        wallet.AnswersNothing = true;
        using var stranger = SecretKey.Generate();
        wallet.Pay = async _ =>
        {
            var request = relay.Events.Last(sent => (int)sent["kind"]! == 23194);
            await relay.Plant(NostrEvent.Sign(stranger, Core.Time.Instant.From(TimeProvider.System.GetUtcNow()), 23195, [new EventTag("e", (string)request["id"]!)], "x").ToString());
            return null;
        };
        using var connection = Connection(wallet.ConnectionString);
        await using var session = await WalletSession.Open(connection, s_parts, default);
        using var limit = new CancellationTokenSource(TimeSpan.FromMilliseconds(800), TimeProvider.System);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => session.PayInvoice("lnbc1", limit.Token));
    }

    [Fact]
    public async Task Without_a_relay_there_is_no_session()
    {
        using var key = SecretKey.Generate();
        using var connection = Connection($"nostr+walletconnect://{key.PublicKey}?relay=ws://127.0.0.1:1&secret={new string('1', 64)}");
        await Assert.ThrowsAsync<OutsideFault>(() => WalletSession.Open(connection, s_parts, default));
    }
}
