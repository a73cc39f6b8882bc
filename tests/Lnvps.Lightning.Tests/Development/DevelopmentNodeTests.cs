using System.Security.Cryptography;
using Lnvps.Core.Identity;
using Lnvps.Core.Money;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Time;
using Lnvps.Lightning.Bolt11;
using Lnvps.Lightning.Development;
using Lnvps.Lightning.Nodes;
using Lnvps.Testing.Lightning;
using Lnvps.Testing.Time;
using Microsoft.Extensions.Time.Testing;

namespace Lnvps.Lightning.Tests.Development;

public class DevelopmentNodeTests
{
    readonly MemoryDevelopmentInvoices _store = new();
    readonly SetClock _clock = new(Instant.Utc(2026, 2, 19, 10));
    readonly FakeTimeProvider _time = new();

    Task<DevelopmentNode> Open(MemoryDevelopmentInvoices? store = null, TimeProvider? time = null) =>
        DevelopmentNode.Open(store ?? _store, _clock, time ?? _time, RandomNumberGenerator.Create(), CancellationToken.None);

    static InvoiceRequest Request(ulong msat = 1_500_000, string memo = "VM renewal 7", Bytes32? hash = null) =>
        new(new Msat(msat), memo, hash, TimeSpan.FromSeconds(600));

    [Fact]
    public async Task Makes_signed_regtest_invoices()
    {
        var node = await Open();
        var invoice = await node.CreateInvoice(Request(), default);
        Assert.StartsWith("lnbcrt15u1", invoice.PaymentRequest, StringComparison.Ordinal);
        var decoded = Bolt11Decoder.Decode(invoice.PaymentRequest).Value;
        Assert.Equal(LightningNetwork.Regtest, decoded.Network);
        Assert.Equal(new Msat(1_500_000), decoded.Amount);
        Assert.Equal(invoice.PaymentHash, decoded.PaymentHash);
        Assert.Equal(node.Id, decoded.Payee);
        Assert.Equal("VM renewal 7", decoded.Description);
        Assert.Equal(_clock.Now, decoded.Created);
        Assert.Equal(_clock.Now.PlusSeconds(600), decoded.Expires);
        Assert.Equal([8, 14, 17], decoded.Features.All());
        Assert.Equal(new InvoiceStatus(InvoiceState.Open, 0), await node.LookUp(invoice.PaymentHash, default));
    }

    [Fact]
    public async Task Commits_to_a_description_hash_instead_of_the_memo()
    {
        var node = await Open();
        var hash = new Bytes32(SHA256.HashData("[[\"text/plain\",\"x\"]]"u8));
        var decoded = Bolt11Decoder.Decode((await node.CreateInvoice(Request(hash: hash), default)).PaymentRequest).Value;
        Assert.Equal(hash, decoded.DescriptionHash);
        Assert.Null(decoded.Description);
    }

    [Fact]
    public async Task Cuts_a_long_memo_at_a_character_boundary()
    {
        var node = await Open();
        var decoded = Bolt11Decoder.Decode((await node.CreateInvoice(Request(memo: new string('ナ', 300)), default)).PaymentRequest).Value;
        Assert.Equal(new string('ナ', 213), decoded.Description);
    }

    [Fact]
    public async Task Refuses_an_amount_of_zero_and_a_lifetime_of_nothing()
    {
        var node = await Open();
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => node.CreateInvoice(Request(msat: 0), default));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => node.CreateInvoice(Request() with { Lifetime = TimeSpan.Zero }, default));
    }

    [Fact]
    public async Task Settles_exactly_the_invoice_that_is_paid_and_only_once()
    {
        var node = await Open();
        var paid = await node.CreateInvoice(Request(), default);
        var other = await node.CreateInvoice(Request(), default);
        Assert.NotEqual(paid.PaymentHash, other.PaymentHash);

        var first = (await node.Pay($" lightning:{paid.PaymentRequest.ToUpperInvariant()}\n", default)).Value;
        Assert.Equal(paid.PaymentHash, first.PaymentHash);
        Assert.Equal(new Msat(1_500_000), first.Amount);
        Assert.False(first.WasPaidBefore);
        Assert.Equal(paid.PaymentHash, new Bytes32(SHA256.HashData(first.Preimage.ToArray())));

        var second = (await node.Pay(paid.PaymentRequest, default)).Value;
        Assert.Equal(first with { WasPaidBefore = true }, second);
        Assert.Equal(new InvoiceStatus(InvoiceState.Settled, 1), await node.LookUp(paid.PaymentHash, default));
        Assert.Equal(InvoiceState.Open, (await node.LookUp(other.PaymentHash, default)).State);
        Assert.Equal(1UL, await _store.LastSettleIndex(default));
    }

    [Fact]
    public async Task Pays_once_when_a_hundred_pay_at_once()
    {
        var node = await Open();
        var invoice = await node.CreateInvoice(Request(), default);
        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => Task.Run(() => node.Pay(invoice.PaymentRequest, default))));
        Assert.Single(answers, answer => !answer.Value.WasPaidBefore);
        Assert.Equal(1UL, await _store.LastSettleIndex(default));
    }

    [Fact]
    public async Task Refuses_what_it_must_not_pay()
    {
        var node = await Open();
        var stranger = await Open(new MemoryDevelopmentInvoices());
        var foreign = await stranger.CreateInvoice(Request(), default);
        Assert.Equal("Invoice is not from this node", (await node.Pay(foreign.PaymentRequest, default)).Refusal?.Message);

        const string donation = "lnbc1pvjluezsp5zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zygspp5qqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqypqdpl2pkx2ctnv5sxxmmwwd5kgetjypeh2ursdae8g6twvus8g6rfwvs8qun0dfjkxaq9qrsgq357wnc5r2ueh7ck6q93dj32dlqnls087fxdwk8qakdyafkq3yap9us6v52vjjsrvywa6rt52cm9r9zqt8r2t7mlcwspyetp5h2tztugp9lfyql";
        Assert.Equal("Invoice is for another network: the development node pays regtest invoices only", (await node.Pay(donation, default)).Refusal?.Message);
        Assert.Equal("Invoice is not valid bech32", (await node.Pay("lnbcrt1", default)).Refusal?.Message);
        Assert.Equal("Invoice is not valid bech32", (await node.Pay("", default)).Refusal?.Message);

        var cancelled = await node.CreateInvoice(Request(), default);
        await node.Cancel(cancelled.PaymentHash, default);
        Assert.Equal(Refusal.Conflict("Invoice was cancelled"), (await node.Pay(cancelled.PaymentRequest, default)).Refusal);

        var lapsed = await node.CreateInvoice(Request(), default);
        _clock.Advance(TimeSpan.FromSeconds(599));
        Assert.Equal(InvoiceState.Open, (await node.LookUp(lapsed.PaymentHash, default)).State);
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(Refusal.Conflict("Invoice has lapsed"), (await node.Pay(lapsed.PaymentRequest, default)).Refusal);
        Assert.Equal(InvoiceState.Cancelled, (await node.LookUp(lapsed.PaymentHash, default)).State);

        Assert.Equal(InvoiceState.Unknown, (await node.LookUp(new Bytes32(new byte[32]), default)).State);
        Assert.Equal(0UL, await _store.LastSettleIndex(default));
    }

    [Fact]
    public async Task Refuses_an_invoice_that_was_tampered_with()
    {
        var node = await Open();
        var invoice = await node.CreateInvoice(Request(), default);
        var content = Bolt11Decoder.Decode(invoice.PaymentRequest).Value.Content;
        // Another amount, signed by someone else, with the checksum right.
        var cheaper = Bolt11Encoder.Encode(content with { Amount = new Msat(1000) }, RandomNumberGenerator.GetBytes(32));
        Assert.Equal("Invoice is not from this node", (await node.Pay(cheaper, default)).Refusal?.Message);
        // Signed by the node itself, but not the invoice it made.
        var key = await _store.NodeKey(default, default);
        var forged = Bolt11Encoder.Encode(content with { Amount = new Msat(1000) }, key.ToArray());
        Assert.Equal("Invoice is not known to this node", (await node.Pay(forged, default)).Refusal?.Message);
        Assert.Equal(0UL, await _store.LastSettleIndex(default));
    }

    [Fact]
    public async Task Pays_a_settled_invoice_again_even_after_it_lapsed()
    {
        var node = await Open();
        var invoice = await node.CreateInvoice(Request(), default);
        Assert.True((await node.Pay(invoice.PaymentRequest, default)).IsOk);
        _clock.Advance(TimeSpan.FromDays(31));
        Assert.True((await node.Pay(invoice.PaymentRequest, default)).Value.WasPaidBefore);
        await node.Cancel(invoice.PaymentHash, default);
        Assert.Equal(InvoiceState.Settled, (await node.LookUp(invoice.PaymentHash, default)).State);
    }

    [Fact]
    public async Task Keeps_its_identity_and_invoices_over_a_restart()
    {
        var before = await Open();
        var invoice = await before.CreateInvoice(Request(), default);
        var after = await Open();
        Assert.Equal(before.Id, after.Id);
        Assert.False((await after.Pay(invoice.PaymentRequest, default)).Value.WasPaidBefore);
        Assert.True((await before.Pay(invoice.PaymentRequest, default)).Value.WasPaidBefore);
    }

    [Fact]
    public async Task Tells_of_settlements_from_the_cursor_on()
    {
        var node = await Open();
        var invoices = new List<Invoice>();
        for (var i = 0; i < 3; i++)
        {
            invoices.Add(await node.CreateInvoice(Request(), default));
            await node.Pay(invoices[i].PaymentRequest, default);
        }
        using var stop = new CancellationTokenSource();
        await using var watch = node.WatchSettled(1, stop.Token).GetAsyncEnumerator();
        Assert.True(await watch.MoveNextAsync());
        Assert.Equal(new Settlement(invoices[1].PaymentHash, 2), watch.Current);
        Assert.True(await watch.MoveNextAsync());
        Assert.Equal(new Settlement(invoices[2].PaymentHash, 3), watch.Current);
        var end = watch.MoveNextAsync().AsTask();
        Assert.False(end.IsCompleted);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => end);
    }

    [Fact]
    public async Task Tells_of_new_settlements_only_without_a_cursor_and_at_once()
    {
        var node = await Open();
        await node.Pay((await node.CreateInvoice(Request(), default)).PaymentRequest, default);
        var invoice = await node.CreateInvoice(Request(), default);
        await using var watch = node.WatchSettled(0, default).GetAsyncEnumerator();
        var next = watch.MoveNextAsync().AsTask();
        Assert.False(next.IsCompleted);
        await node.Pay(invoice.PaymentRequest, default);
        // The fake time stands still: only the signal within the process can have woken the watcher.
        Assert.True(await next.WaitAsync(TimeSpan.FromSeconds(10)));
        Assert.Equal(new Settlement(invoice.PaymentHash, 2), watch.Current);
    }

    [Fact]
    public async Task Notices_what_another_instance_settled()
    {
        var watcher = await Open();
        var payer = await Open();
        var invoice = await watcher.CreateInvoice(Request(), default);
        await using var watch = watcher.WatchSettled(0, default).GetAsyncEnumerator();
        var next = watch.MoveNextAsync().AsTask();
        await payer.Pay(invoice.PaymentRequest, default);
        Assert.False(next.IsCompleted);
        _time.Advance(DevelopmentNode.PollInterval);
        Assert.True(await next.WaitAsync(TimeSpan.FromSeconds(10)));
        Assert.Equal(invoice.PaymentHash, watch.Current.PaymentHash);
    }

    [Fact]
    public async Task Stops_watching_when_told_to()
    {
        var node = await Open();
        using var stop = new CancellationTokenSource();
        await using var watch = node.WatchSettled(0, stop.Token).GetAsyncEnumerator();
        var next = watch.MoveNextAsync().AsTask();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next.WaitAsync(TimeSpan.FromSeconds(10)));
    }
}
