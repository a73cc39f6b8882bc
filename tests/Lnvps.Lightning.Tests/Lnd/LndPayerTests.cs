using System.Security.Cryptography;
using Lnvps.Core.Identity;
using Lnvps.Core.Money;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Time;
using Lnvps.Lightning.Bolt11;
using Lnvps.Lightning.Lnd;
using Lnvps.Lightning.Nodes;
using Lnvps.Testing.Lightning;

namespace Lnvps.Lightning.Tests.Lnd;

[Trait("Speed", "slow")]
public class LndPayerTests : IAsyncLifetime
{
    readonly Bytes32 _preimage = new(RandomNumberGenerator.GetBytes(32));
    LndSimulator _lnd = null!;
    LndNode _node = null!;

    public async Task InitializeAsync()
    {
        _lnd = await LndSimulator.Start();
        _lnd.Payments.Know(_preimage);
        _node = LndNode.Open(_lnd.Settings, TimeProvider.System);
    }

    public async Task DisposeAsync()
    {
        _node.Dispose();
        await _lnd.DisposeAsync();
    }

    Bytes32 Hash => new(SHA256.HashData(_preimage.ToArray()));

    /// <summary>An invoice of somebody else.</summary>
    static PayOrder Order(Bytes32 hash) => new(
        Bolt11Encoder.Encode(new InvoiceContent(LightningNetwork.Regtest, new Msat(250_000_000), Instant.From(TimeProvider.System.GetUtcNow()),
        [
            new InvoiceField.PaymentHash(hash),
            new InvoiceField.PaymentSecret(new Bytes32(RandomNumberGenerator.GetBytes(32))),
            new InvoiceField.Description("refund"),
            new InvoiceField.Features(FeatureBits.Of(8, 14)),
        ]), RandomNumberGenerator.GetBytes(32)),
        new Msat(2_500_000), TimeSpan.FromSeconds(60));

    [Fact]
    public async Task Pays_with_a_limit_of_fee_and_time_and_gives_the_proof()
    {
        Assert.Equal(OutgoingState.Unknown, (await _node.LookUpPayment(Hash, default)).State);
        var order = Order(Hash);
        Assert.Equal(OutgoingPayment.Succeeded(_preimage), await _node.Pay(order, default));
        Assert.Equal($$"""{"payment_request":"{{order.Invoice}}","timeout_seconds":60,"fee_limit_msat":"2500000","no_inflight_updates":true}""",
            Assert.Single(_lnd.Exchanges, exchange => exchange.Path == "/v2/router/send").RequestBody);
        Assert.Equal(OutgoingPayment.Succeeded(_preimage), await _node.LookUpPayment(Hash, default));
    }

    [Fact]
    public async Task Asked_twice_it_pays_once_and_says_what_became_of_it()
    {
        await _node.Pay(Order(Hash), default);
        Assert.Equal(OutgoingPayment.Succeeded(_preimage), await _node.Pay(Order(Hash), default));
        Assert.Equal(1, _lnd.Payments.Sent);
    }

    [Fact]
    public async Task A_payment_under_way_is_neither_paid_nor_failed()
    {
        _lnd.Payments.Outcome = "IN_FLIGHT";
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _node.Pay(Order(Hash), patience.Token));
        Assert.Equal(OutgoingState.InFlight, (await _node.LookUpPayment(Hash, default)).State);
        Assert.Equal(OutgoingState.InFlight, (await _node.Pay(Order(Hash), default)).State);
        _lnd.Payments.Finish(Hash, "SUCCEEDED");
        Assert.Equal(OutgoingPayment.Succeeded(_preimage), await _node.LookUpPayment(Hash, default));
        Assert.Equal(1, _lnd.Payments.Sent);
    }

    [Fact]
    public async Task What_failed_may_be_tried_again()
    {
        _lnd.Payments.Outcome = "FAILED";
        Assert.Equal(OutgoingPayment.Failed("FAILURE_REASON_INSUFFICIENT_BALANCE"), await _node.Pay(Order(Hash), default));
        Assert.Equal(OutgoingState.Failed, (await _node.LookUpPayment(Hash, default)).State);
        _lnd.Payments.Outcome = "SUCCEEDED";
        Assert.Equal(OutgoingState.Succeeded, (await _node.Pay(Order(Hash), default)).State);
        Assert.Equal("FAILURE_REASON_NO_ROUTE", (await _node.Pay(Order(new Bytes32(RandomNumberGenerator.GetBytes(32))), default)).Reason);
    }

    [Fact]
    public async Task A_proof_that_does_not_fit_is_not_believed()
    {
        _lnd.Payments.LiesAboutProof = true;
        var fault = await Assert.ThrowsAsync<OutsideFault>(() => _node.Pay(Order(Hash), default));
        Assert.False(fault.IsTransient);
    }

    [Fact]
    public async Task Trouble_on_the_way_is_passing_and_never_means_not_paid()
    {
        await _lnd.GoDown();
        Assert.True((await Assert.ThrowsAsync<OutsideFault>(() => _node.Pay(Order(Hash), default))).IsTransient);
        Assert.True((await Assert.ThrowsAsync<OutsideFault>(() => _node.LookUpPayment(Hash, default))).IsTransient);
        await _lnd.ComeUp();
        _lnd.Fail(new LndFault.Body(200, "{\"result\":"), 1);
        await Assert.ThrowsAsync<OutsideFault>(() => _node.Pay(Order(Hash), default));
        Assert.Equal(OutgoingState.Unknown, (await _node.LookUpPayment(Hash, default)).State);
    }

    [Theory]
    [InlineData("invoice expired. Valid until 2026-02-19 10:00:00 +0000 UTC")]
    [InlineData("self-payments not allowed")]
    [InlineData("invoice not for current active network 'regtest'")]
    public async Task What_the_node_will_never_begin_has_failed(string refusal)
    {
        _lnd.Payments.Refusal = refusal;
        Assert.Equal(OutgoingPayment.Failed(refusal), await _node.Pay(Order(Hash), default));
        Assert.Equal(0, _lnd.Payments.Sent);

        // What is under way from before is not taken for failed, whatever the node says now.
        _lnd.Payments.Refusal = null;
        await _node.Pay(Order(Hash), default);
        _lnd.Payments.Finish(Hash, "IN_FLIGHT");
        _lnd.Payments.Refusal = refusal;
        Assert.Equal(OutgoingState.InFlight, (await _node.Pay(Order(Hash), default)).State);
    }

    [Fact]
    public async Task A_locked_wallet_says_nothing_about_the_payment()
    {
        _lnd.Payments.Refusal = "wallet locked, unlock it to enable full RPC access";
        Assert.True((await Assert.ThrowsAsync<OutsideFault>(() => _node.Pay(Order(Hash), default))).IsTransient);
    }

    [Fact]
    public async Task Knows_its_network() => Assert.Equal(LightningNetwork.Regtest, await _node.Network(default));
}
