using Lnvps.Api.Tests.Simulation;
using Lnvps.Core.Catalogue;
using Lnvps.Core.Identity;
using Lnvps.Core.Payments;
using Lnvps.Database.Payments;
using Lnvps.Lightning.Lnd;
using Lnvps.Platform.Orders;
using Lnvps.Platform.Payments;
using Lnvps.Platform.Payments.Providers;
using Lnvps.Testing.Lightning;
using Microsoft.Extensions.Logging.Abstractions;

namespace Lnvps.Api.Tests.Proof;

/// <summary>The program's listener, renewals and completion against an LND over HTTP, in simulated time (billing.md section 13).</summary>
[Trait("Speed", "slow")]
public sealed class ListenerTests : IAsyncLifetime, IDisposable
{
    static readonly TimeSpan Step = TimeSpan.FromSeconds(5);

    readonly CountingNode _counts = new();
    SimulatedShop _shop = null!;
    LndSimulator _lnd = null!;
    LndNode _node = null!;
    SimulatedProcess _process = null!;
    OpenRenewal _renewals = null!;
    SettlementListener _listener = null!;

    public async Task InitializeAsync()
    {
        _shop = await SimulatedShop.Open(1, new Tally());
        _shop.Chances.IsCalm = true;
        _process = await _shop.StartProcess();
        _lnd = await LndSimulator.Start(_shop.Time);
        _node = LndNode.Open(_lnd.Settings, _shop.Time);
        _counts.Inner = _node;
        var shop = _process.Shop with { Node = _counts, Providers = new PaymentProviders([new LightningProvider(_node)]) };
        _renewals = new OpenRenewal(shop, new RoomKeeper());
        _listener = new SettlementListener(shop, _process.Completion, NullLogger<SettlementListener>.Instance);
        await _listener.StartAsync(default);
        await Soon(() => Task.FromResult(_lnd.OpenStreams > 0));
    }

    public async Task DisposeAsync()
    {
        await _listener.StopAsync(default);
        _node.Dispose();
        await _lnd.DisposeAsync();
        await _process.DisposeAsync();
        await _shop.DisposeAsync();
    }

    public void Dispose() => _listener.Dispose();

    [Fact]
    public async Task A_quiet_node_is_listened_to_all_the_time()
    {
        var (deaf, longest) = (TimeSpan.Zero, TimeSpan.Zero);
        for (var passed = TimeSpan.Zero; passed < TimeSpan.FromHours(2); passed += Step)
        {
            await Pass();
            deaf = _lnd.OpenStreams > 0 ? TimeSpan.Zero : deaf + Step;
            longest = deaf > longest ? deaf : longest;
        }
        Assert.InRange(longest, TimeSpan.Zero, TimeSpan.FromSeconds(30));

        // After all that time a settlement is told by the stream: no sweep is due while time stands still.
        await Advance(() => Task.FromResult(_lnd.OpenStreams > 0), TimeSpan.FromMinutes(1));
        // The sweep that goes with a new connection ends first.
        await Task.Delay(TimeSpan.FromMilliseconds(500), TimeProvider.System);
        var payment = await Offer();
        var lookUps = _counts.LookUps;
        Pay(payment);
        await Soon(() => IsPaid(payment));
        Assert.Equal(lookUps, _counts.LookUps);
    }

    [Fact]
    public async Task What_settles_while_the_node_cannot_be_reached_is_credited_soon_after_it_can()
    {
        var first = await Offer();
        Pay(first);
        await Soon(() => IsPaid(first));
        var (second, third) = (await Offer(2), await Offer(3));
        await _lnd.GoDown();
        Pay(third);
        Pay(second);
        for (var passed = TimeSpan.Zero; passed < TimeSpan.FromMinutes(3); passed += Step)
            await Pass();
        Assert.False(await IsPaid(second));

        await _lnd.ComeUp();
        var began = _shop.Now;
        await Advance(async () => await IsPaid(second) && await IsPaid(third), TimeSpan.FromMinutes(10));
        Assert.InRange(_shop.Now.SecondsSince(began), 0, 150);
    }

    [Fact]
    public async Task A_sweep_of_a_node_that_cannot_be_reached_ends_at_the_first_look()
    {
        foreach (var months in new[] { 1, 2, 3, 4 })
            await Offer(months);
        await _lnd.GoDown();
        var lookUps = _counts.LookUps;
        Assert.Equal(0, await _listener.Sweep(default));
        Assert.Equal(lookUps + 1, _counts.LookUps);
    }

    [Fact]
    public async Task A_sweep_finds_all_of_more_than_a_page()
    {
        var payment = await Offer();
        await _shop.Db.Write(async session =>
        {
            var row = (await session.FindPayment(payment.Id, default))!;
            for (byte i = 0; i < 250; i++)
                await session.InsertPayment(row with { Id = new PaymentId(new Bytes32([i, .. new byte[31]])) }, default);
        }, default);
        await _listener.StopAsync(default);
        Pay(payment);
        _counts.LookUps = 0;
        Assert.Equal(1, await _listener.Sweep(default));
        Assert.Equal(251, _counts.LookUps);
    }

    VmId? _vm;

    async Task<VmPaymentRow> Offer(int months = 1)
    {
        await _process.Shop.Rates.Refresh(default);
        _vm ??= (await _process.Orders.Standard(new OrderRequest(new UserId(1), new ImageId(1), new SshKeyId(1), null), new TemplateId(2), default)).Value;
        return (await _renewals.Open(_vm.Value, PaymentMethod.Lightning, months, default)).Value;
    }

    void Pay(VmPaymentRow payment) => _lnd.Pay(_shop.Db.Cipher.Open(payment.ExternalData));

    async Task<bool> IsPaid(VmPaymentRow payment) => (await _shop.Db.Read(session => session.FindPayment(payment.Id, default), default))!.IsPaid;

    async Task Advance(Func<Task<bool>> done, TimeSpan limit)
    {
        for (var passed = TimeSpan.Zero; !await done(); passed += Step)
        {
            Assert.True(passed < limit, "It takes too long");
            await Pass();
        }
    }

    async Task Pass()
    {
        _shop.Time.Advance(Step);
        await Rest();
        // Connecting takes real time, of which there may be little on a busy machine.
        for (var i = 0; i < 15 && _lnd.OpenStreams == 0; i++)
            await Rest();
    }

    /// <summary>Lets what is under way come to its end.</summary>
    static Task Rest() => Task.Delay(TimeSpan.FromMilliseconds(15), TimeProvider.System);

    static async Task Soon(Func<Task<bool>> done)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (!await done())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(began) < TimeSpan.FromSeconds(20), "It takes too long");
            await Rest();
        }
    }
}
