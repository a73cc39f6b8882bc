using System.Security.Cryptography;
using Lnvps.Core.Identity;
using Lnvps.Core.Money;
using Lnvps.Core.Outcomes;
using Lnvps.Lightning.Bolt11;
using Lnvps.Lightning.Lnd;
using Lnvps.Lightning.Nodes;
using Lnvps.Testing.Lightning;
using Microsoft.Extensions.Time.Testing;

namespace Lnvps.Lightning.Tests.Lnd;

[Trait("Speed", "slow")]
public class LndNodeTests : IAsyncLifetime
{
    static readonly Bytes32 Nothing = new(new byte[32]);

    readonly FakeTimeProvider _time = new(TimeProvider.System.GetUtcNow());
    LndSimulator _lnd = null!;
    LndNode _node = null!;

    public async Task InitializeAsync()
    {
        _lnd = await LndSimulator.Start(_time);
        _node = LndNode.Open(_lnd.Settings, _time);
    }

    public async Task DisposeAsync()
    {
        _node.Dispose();
        await _lnd.DisposeAsync();
    }

    static InvoiceRequest Request(ulong msat = 1_500_000, string memo = "VM renewal 7 to 2025-02-28 10:00:00 UTC", Bytes32? hash = null) =>
        new(new Msat(msat), memo, hash, TimeSpan.FromSeconds(600));

    [Fact]
    public async Task Makes_an_invoice_over_exactly_the_amount()
    {
        var invoice = await _node.CreateInvoice(Request(), default);
        var decoded = Bolt11Decoder.Decode(invoice.PaymentRequest).Value;
        Assert.Equal(invoice.PaymentHash, decoded.PaymentHash);
        Assert.Equal(new Msat(1_500_000), decoded.Amount);
        Assert.Equal("VM renewal 7 to 2025-02-28 10:00:00 UTC", decoded.Description);
        Assert.Equal(600UL, decoded.ExpirySeconds);
        Assert.Equal("""{"memo":"VM renewal 7 to 2025-02-28 10:00:00 UTC","value_msat":"1500000","expiry":"600"}""", Assert.Single(_lnd.Exchanges).RequestBody);
    }

    [Fact]
    public async Task Commits_to_a_description_hash()
    {
        var hash = new Bytes32(SHA256.HashData("[[\"text/plain\",\"LNVPS\"]]"u8));
        var invoice = await _node.CreateInvoice(Request(hash: hash), default);
        var decoded = Bolt11Decoder.Decode(invoice.PaymentRequest).Value;
        Assert.Equal(hash, decoded.DescriptionHash);
        Assert.Null(decoded.Description);
    }

    [Fact]
    public async Task Cuts_a_memo_that_LND_would_refuse()
    {
        var invoice = await _node.CreateInvoice(Request(memo: new string('é', 400)), default);
        Assert.Equal(new string('é', 319), Bolt11Decoder.Decode(invoice.PaymentRequest).Value.Description);
    }

    [Fact]
    public async Task Asks_for_no_invoice_without_an_amount()
    {
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => _node.CreateInvoice(Request(msat: 0), default));
        Assert.Empty(_lnd.Exchanges);
    }

    [Fact]
    public async Task Sends_the_agreed_headers()
    {
        await _node.CreateInvoice(Request(), default);
        var headers = Assert.Single(_lnd.Exchanges).Headers;
        Assert.Equal("lnvps/1.0", headers["User-Agent"]);
        Assert.Equal("application/json; charset=utf-8", headers["Accept"]);
        Assert.Equal("application/json; charset=utf-8", headers["Content-Type"]);
        Assert.Equal(_lnd.MacaroonHex, headers["Grpc-Metadata-macaroon"]);
        Assert.Equal(_lnd.MacaroonHex.ToLowerInvariant(), headers["Grpc-Metadata-macaroon"]);
    }

    [Fact]
    public async Task Knows_every_state_of_an_invoice()
    {
        var settled = await _node.CreateInvoice(Request(), default);
        var cancelled = await _node.CreateInvoice(Request(), default);
        var accepted = await _node.CreateInvoice(Request(), default);
        var open = await _node.CreateInvoice(Request(), default);
        _lnd.Pay(settled.PaymentRequest);
        await _node.Cancel(cancelled.PaymentHash, default);
        _lnd.Accept(accepted.PaymentHash);
        var status = await _node.LookUp(settled.PaymentHash, default);
        Assert.NotNull(status.SettledAt);
        Assert.Equal(new InvoiceStatus(InvoiceState.Settled, 1) { SettledAt = status.SettledAt }, status);
        Assert.Equal(new InvoiceStatus(InvoiceState.Cancelled, 0), await _node.LookUp(cancelled.PaymentHash, default));
        Assert.Equal(new InvoiceStatus(InvoiceState.Accepted, 0), await _node.LookUp(accepted.PaymentHash, default));
        Assert.Equal(new InvoiceStatus(InvoiceState.Open, 0), await _node.LookUp(open.PaymentHash, default));
        Assert.Equal(new InvoiceStatus(InvoiceState.Unknown, 0), await _node.LookUp(Nothing, default));
        _time.Advance(TimeSpan.FromSeconds(600));
        Assert.Equal(InvoiceState.Cancelled, (await _node.LookUp(open.PaymentHash, default)).State);
    }

    [Fact]
    public async Task Leaves_alone_what_cannot_be_cancelled()
    {
        var settled = await _node.CreateInvoice(Request(), default);
        _lnd.Pay(settled.PaymentRequest);
        await _node.Cancel(settled.PaymentHash, default);
        Assert.Equal(InvoiceState.Settled, (await _node.LookUp(settled.PaymentHash, default)).State);
        await _node.Cancel(Nothing, default);
        var open = await _node.CreateInvoice(Request(), default);
        await _node.Cancel(open.PaymentHash, default);
        await _node.Cancel(open.PaymentHash, default);
    }

    [Fact]
    public async Task Says_when_an_open_invoice_could_not_be_cancelled()
    {
        var open = await _node.CreateInvoice(Request(), default);
        _lnd.Fail(new LndFault.Error(500, 2, "database is locked"), times: 1);
        var fault = await Assert.ThrowsAsync<OutsideFault>(() => _node.Cancel(open.PaymentHash, default));
        Assert.True(fault.IsTransient);
    }

    [Theory]
    [InlineData(404, 5, "unable to locate invoice", true)]
    [InlineData(500, 2, "unable to locate invoice", true)]
    [InlineData(500, 2, "there are no existing invoices", true)]
    [InlineData(404, 5, "Not Found", false)]
    [InlineData(500, 5, "wallet locked", false)]
    [InlineData(404, 2, "page not found", false)]
    public async Task Tells_not_found_from_could_not_ask(int status, int code, string message, bool isNotFound)
    {
        _lnd.Fail(new LndFault.Error(status, code, message));
        if (isNotFound)
            Assert.Equal(InvoiceState.Unknown, (await _node.LookUp(Nothing, default)).State);
        else
            await Assert.ThrowsAsync<OutsideFault>(() => _node.LookUp(Nothing, default));
    }

    [Theory]
    [InlineData(408, true)]
    [InlineData(429, true)]
    [InlineData(500, true)]
    [InlineData(502, true)]
    [InlineData(503, true)]
    [InlineData(400, false)]
    [InlineData(401, false)]
    [InlineData(403, false)]
    [InlineData(404, false)]
    [InlineData(302, false)]
    public async Task Classifies_answers_by_status(int status, bool isTransient)
    {
        foreach (LndFault fault in new LndFault[] { new LndFault.Error(status, 13, "went wrong"), new LndFault.Body(status, "<html>") })
        {
            _lnd.Fail(fault);
            Assert.Equal(isTransient, (await Assert.ThrowsAsync<OutsideFault>(() => _node.CreateInvoice(Request(), default))).IsTransient);
            Assert.Equal(isTransient, (await Assert.ThrowsAsync<OutsideFault>(() => _node.LookUp(Nothing, default))).IsTransient);
            Assert.Equal(isTransient, (await Assert.ThrowsAsync<OutsideFault>(() => Next(0))).IsTransient);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("<html>")]
    [InlineData("{\"r_hash\":\"AAAA\",\"payment_request\":\"lnbcrt1\"}")]
    [InlineData("{\"r_hash\":12,\"settle_index\":\"x\",\"state\":\"SETTLED\"}")]
    [InlineData("{\"r_hash\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\",\"settle_index\":\"-1\",\"state\":\"SETTLED\"}")]
    [InlineData("{\"r_hash\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\",\"state\":\"PAID\"}")]
    [InlineData("{\"r_hash\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\",\"payment_request\":\"lnbcrt1\"}")]
    public async Task Takes_a_success_that_cannot_be_read_as_fatal(string body)
    {
        _lnd.Fail(new LndFault.Body(200, body));
        Assert.False((await Assert.ThrowsAsync<OutsideFault>(() => _node.CreateInvoice(Request(), default))).IsTransient);
        if (!body.EndsWith("\"lnbcrt1\"}", StringComparison.Ordinal))
            Assert.False((await Assert.ThrowsAsync<OutsideFault>(() => _node.LookUp(Nothing, default))).IsTransient);
        if (body.Length > 0)
            Assert.False((await Assert.ThrowsAsync<OutsideFault>(() => _node.LookUp(new Bytes32(RandomNumberGenerator.GetBytes(32)), default))).IsTransient);
    }

    [Fact]
    public async Task Refuses_another_invoice_than_it_asked_for()
    {
        var other = await _node.CreateInvoice(Request(), default);
        var hash = Convert.ToBase64String(other.PaymentHash.ToArray());
        _lnd.Fail(new LndFault.Body(200, $$"""{"r_hash":"{{hash}}","payment_request":"{{other.PaymentRequest}}","add_index":"1"}"""));
        Assert.Equal(other, await _node.CreateInvoice(Request(), default));
        var fault = await Assert.ThrowsAsync<OutsideFault>(() => _node.CreateInvoice(Request(msat: 1_501_000), default));
        Assert.Equal("LND made another invoice than it was asked for", fault.Message);
        _lnd.Fail(new LndFault.Body(200, $$"""{"r_hash":"{{Convert.ToBase64String(new byte[32])}}","payment_request":"{{other.PaymentRequest}}"}"""));
        await Assert.ThrowsAsync<OutsideFault>(() => _node.CreateInvoice(Request(), default));
        await Assert.ThrowsAsync<OutsideFault>(() => _node.LookUp(other.PaymentHash, default));
    }

    [Fact]
    public async Task Reads_no_endless_answer()
    {
        _lnd.Fail(new LndFault.Body(200, $$"""{"memo":"{{new string('a', 3 << 20)}}"}"""));
        Assert.Equal("LND's answer is too long", (await Assert.ThrowsAsync<OutsideFault>(() => _node.LookUp(Nothing, default))).Message);
        Assert.Equal("LND's answer is too long", (await Assert.ThrowsAsync<OutsideFault>(() => Next(1))).Message);
    }

    [Fact]
    public async Task Takes_a_node_that_is_down_or_breaks_off_as_transient()
    {
        _lnd.Fail(new LndFault.Drop());
        Assert.True((await Assert.ThrowsAsync<OutsideFault>(() => _node.CreateInvoice(Request(), default))).IsTransient);
        _lnd.Fail(new LndFault.DropAfterwards());
        Assert.True((await Assert.ThrowsAsync<OutsideFault>(() => _node.CreateInvoice(Request(), default))).IsTransient);
        _lnd.Heal();
        await _lnd.GoDown();
        Assert.True((await Assert.ThrowsAsync<OutsideFault>(() => _node.LookUp(Nothing, default))).IsTransient);
        await _lnd.ComeUp();
        Assert.Equal(InvoiceState.Unknown, (await _node.LookUp(Nothing, default)).State);
    }

    [Fact]
    public async Task Gives_up_after_thirty_seconds()
    {
        _lnd.Fail(new LndFault.Hang());
        var asking = _node.LookUp(Nothing, default);
        _time.Advance(TimeSpan.FromSeconds(29.9));
        await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        Assert.False(asking.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(0.1));
        var fault = await Assert.ThrowsAsync<OutsideFault>(() => asking.WaitAsync(TimeSpan.FromSeconds(10)));
        Assert.True(fault.IsTransient);
        Assert.Equal("LND did not answer within 30 s", fault.Message);
    }

    [Fact]
    public async Task Stops_asking_when_told_to()
    {
        _lnd.Fail(new LndFault.Hang());
        using var stop = new CancellationTokenSource();
        var asking = _node.LookUp(Nothing, stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking.WaitAsync(TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public async Task Trusts_exactly_the_configured_certificate()
    {
        await _lnd.PresentAnotherCertificate();
        var fault = await Assert.ThrowsAsync<OutsideFault>(() => _node.CreateInvoice(Request(), default));
        Assert.False(fault.IsTransient);
        Assert.Equal("LND does not present the certificate that is configured for it", fault.Message);
        Assert.Empty(_lnd.Exchanges);
        Assert.False((await Assert.ThrowsAsync<OutsideFault>(() => Next(0))).IsTransient);
    }

    [Fact]
    public async Task Keeps_the_macaroon_out_of_every_message()
    {
        _lnd.Fail(new LndFault.Error(500, 2, $"bad macaroon {_lnd.MacaroonHex.ToUpperInvariant()}\r\nsecond line {new string('x', 1000)}"));
        var fault = await Assert.ThrowsAsync<OutsideFault>(() => _node.CreateInvoice(Request(), default));
        Assert.DoesNotContain(_lnd.MacaroonHex, fault.ToString(), StringComparison.OrdinalIgnoreCase);
        Assert.StartsWith("LND answered 500: bad macaroon (macaroon)  second line xxx", fault.Message, StringComparison.Ordinal);
        Assert.InRange(fault.Message.Length, 200, 240);
    }

    [Fact]
    public async Task Is_refused_with_another_macaroon()
    {
        var file = Path.GetTempFileName();
        await File.WriteAllBytesAsync(file, RandomNumberGenerator.GetBytes(120));
        using var stranger = LndNode.Open(_lnd.Settings with { MacaroonPath = file }, _time);
        var fault = await Assert.ThrowsAsync<OutsideFault>(() => stranger.CreateInvoice(Request(), default));
        Assert.Contains("verification failed", fault.Message, StringComparison.Ordinal);
        File.Delete(file);
    }

    [Fact]
    public void Says_which_setting_cannot_be_used()
    {
        static string Message(LndSettings settings) => Assert.Throws<OutsideFault>(() => LndNode.Open(settings, TimeProvider.System)).Message;
        Assert.Equal("The address of LND must begin with https://", Message(_lnd.Settings with { Url = new Uri("http://127.0.0.1:8080") }));
        Assert.Equal("The certificate of LND cannot be read from /nowhere/tls.cert", Message(_lnd.Settings with { CertificatePath = "/nowhere/tls.cert" }));
        Assert.Equal($"The certificate of LND cannot be read from {_lnd.Settings.MacaroonPath}",
            Message(_lnd.Settings with { CertificatePath = _lnd.Settings.MacaroonPath }));
        Assert.Equal("The macaroon of LND cannot be read from /nowhere/admin.macaroon", Message(_lnd.Settings with { MacaroonPath = "/nowhere/admin.macaroon" }));
        var empty = Path.GetTempFileName();
        Assert.Equal($"The macaroon of LND in {empty} is empty", Message(_lnd.Settings with { MacaroonPath = empty }));
        File.Delete(empty);
    }

    [Fact]
    public async Task Waits_for_a_slow_node()
    {
        _lnd.Delay = TimeSpan.FromMilliseconds(300);
        Assert.Equal(InvoiceState.Unknown, (await _node.LookUp(Nothing, default)).State);
    }

    async Task<Settlement> Next(ulong settleIndex)
    {
        await foreach (var settlement in _node.WatchSettled(settleIndex, default))
            return settlement;
        throw new InvalidOperationException("The stream ended without a fault");
    }
}
