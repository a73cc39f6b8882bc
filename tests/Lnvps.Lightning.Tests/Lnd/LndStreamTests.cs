using Lnvps.Core.Identity;
using Lnvps.Core.Money;
using Lnvps.Core.Outcomes;
using Lnvps.Lightning.Lnd;
using Lnvps.Lightning.Nodes;
using Lnvps.Testing.Lightning;
using Microsoft.Extensions.Time.Testing;

namespace Lnvps.Lightning.Tests.Lnd;

[Trait("Speed", "slow")]
public class LndStreamTests : IAsyncLifetime
{
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

    Task<Invoice> NewInvoice() =>
        _node.CreateInvoice(new InvoiceRequest(new Msat(21_000), "VM renewal 1", null, TimeSpan.FromMinutes(10)), default);

    /// <summary>Starts watching and waits until the node knows.</summary>
    async Task<(IAsyncEnumerator<Settlement> Watch, Task<bool> Next)> Watch(ulong settleIndex, CancellationToken stop = default)
    {
        var before = _lnd.OpenStreams;
        var watch = _node.WatchSettled(settleIndex, stop).GetAsyncEnumerator();
        var next = watch.MoveNextAsync().AsTask();
        for (var i = 0; i < 500 && _lnd.OpenStreams == before && !next.IsCompleted; i++)
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        return (watch, next);
    }

    static Task<bool> Soon(Task<bool> next) => next.WaitAsync(TimeSpan.FromSeconds(10));

    static Task<bool> Soon(IAsyncEnumerator<Settlement> watch) => Soon(watch.MoveNextAsync().AsTask());

    [Fact]
    public async Task Tells_of_new_settlements_and_of_nothing_else()
    {
        _lnd.Pay((await NewInvoice()).PaymentRequest);
        var (watch, next) = await Watch(0);
        var paid = await NewInvoice();
        var cancelled = await NewInvoice();
        _lnd.Accept((await NewInvoice()).PaymentHash);
        await _node.Cancel(cancelled.PaymentHash, default);
        _lnd.Pay(paid.PaymentRequest);
        Assert.True(await Soon(next));
        Assert.Equal((paid.PaymentHash, 2UL), (watch.Current.PaymentHash, watch.Current.SettleIndex));
        await watch.DisposeAsync();
    }

    [Fact]
    public async Task Resumes_after_the_cursor_what_was_settled_while_it_was_down()
    {
        var invoices = new List<Invoice>();
        for (var i = 0; i < 4; i++)
            invoices.Add(await NewInvoice());
        var (first, next) = await Watch(0);
        _lnd.Pay(invoices[0].PaymentRequest);
        Assert.True(await Soon(next));
        Assert.Equal(1UL, first.Current.SettleIndex);

        var end = first.MoveNextAsync().AsTask();
        await _lnd.GoDown();
        Assert.True((await Assert.ThrowsAsync<OutsideFault>(() => Soon(end))).IsTransient);
        await first.DisposeAsync();
        _lnd.Pay(invoices[2].PaymentRequest);
        _lnd.Pay(invoices[1].PaymentRequest);
        Assert.True((await Assert.ThrowsAsync<OutsideFault>(() => Soon(_node.WatchSettled(1, default).GetAsyncEnumerator()))).IsTransient);
        await _lnd.ComeUp();

        await using var second = _node.WatchSettled(1, default).GetAsyncEnumerator();
        Assert.True(await Soon(second));
        Assert.Equal((invoices[2].PaymentHash, 2UL), (second.Current.PaymentHash, second.Current.SettleIndex));
        Assert.True(await Soon(second));
        Assert.Equal((invoices[1].PaymentHash, 3UL), (second.Current.PaymentHash, second.Current.SettleIndex));
        _lnd.Pay(invoices[3].PaymentRequest);
        Assert.True(await Soon(second));
        Assert.Equal((invoices[3].PaymentHash, 4UL), (second.Current.PaymentHash, second.Current.SettleIndex));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Reports_a_stream_that_breaks(bool insideEvent)
    {
        var (watch, next) = await Watch(0);
        var paid = await NewInvoice();
        _lnd.Pay(paid.PaymentRequest);
        Assert.True(await Soon(next));
        var end = watch.MoveNextAsync().AsTask();
        await _lnd.DropStreams(insideEvent);
        Assert.True((await Assert.ThrowsAsync<OutsideFault>(() => Soon(end))).IsTransient);
        await watch.DisposeAsync();
    }

    [Fact]
    public async Task Reports_a_stream_that_the_node_ends()
    {
        var (watch, next) = await Watch(0);
        await NewInvoice();
        _lnd.EndStreams();
        var fault = await Assert.ThrowsAsync<OutsideFault>(() => Soon(next));
        Assert.Equal("LND ended its stream of invoices", fault.Message);
        Assert.True(fault.IsTransient);
        await watch.DisposeAsync();
    }

    [Theory]
    [InlineData("{\"error\":{\"code\":14,\"message\":\"shutting down\",\"details\":[]}}", true)]
    [InlineData("{\"error\":{\"code\":2,\"message\":\"subscription closed\"}}", true)]
    [InlineData("{\"error\":{\"code\":7,\"message\":\"permission denied\"}}", false)]
    [InlineData("{\"result\":{\"state\":\"SETTLED\",\"settle_index\":\"1\"}}", false)]
    [InlineData("{\"result\":{\"state\":\"SETTLED\",\"settle_index\":\"1\",\"r_hash\":\"!\"}}", false)]
    [InlineData("{}", false)]
    [InlineData("not json", false)]
    [InlineData("", false)]
    public async Task Reports_a_line_that_is_no_event(string line, bool isTransient)
    {
        var (watch, next) = await Watch(0);
        _lnd.Publish(line);
        Assert.Equal(isTransient, (await Assert.ThrowsAsync<OutsideFault>(() => Soon(next))).IsTransient);
        await watch.DisposeAsync();
    }

    [Fact]
    public async Task Passes_on_events_that_come_twice()
    {
        _lnd.DuplicateEvents = true;
        var (watch, next) = await Watch(0);
        var paid = await NewInvoice();
        _lnd.Pay(paid.PaymentRequest);
        Assert.True(await Soon(next));
        Assert.Equal((paid.PaymentHash, 1UL), (watch.Current.PaymentHash, watch.Current.SettleIndex));
        Assert.True(await Soon(watch));
        Assert.Equal((paid.PaymentHash, 1UL), (watch.Current.PaymentHash, watch.Current.SettleIndex));
        await watch.DisposeAsync();
    }

    [Fact]
    public async Task Outlives_the_time_out_of_requests_but_not_a_long_silence()
    {
        var (watch, next) = await Watch(0);
        _time.Advance(TimeSpan.FromMinutes(4.9));
        await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        Assert.False(next.IsCompleted);
        var paid = await NewInvoice(); // an event, though not a settlement: the silence starts anew
        await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System);
        _time.Advance(TimeSpan.FromMinutes(4.9));
        _lnd.Pay(paid.PaymentRequest);
        Assert.True(await Soon(next));

        var end = watch.MoveNextAsync().AsTask();
        _time.Advance(TimeSpan.FromMinutes(5));
        var fault = await Assert.ThrowsAsync<OutsideFault>(() => Soon(end));
        Assert.True(fault.IsTransient);
        Assert.Equal("LND's stream was silent for 5 minutes", fault.Message);
        await watch.DisposeAsync();
    }

    [Fact]
    public async Task Notices_silence_before_the_first_event_too()
    {
        var (watch, next) = await Watch(0);
        _time.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal("LND's stream was silent for 5 minutes", (await Assert.ThrowsAsync<OutsideFault>(() => Soon(next))).Message);
        await watch.DisposeAsync();
    }

    [Fact]
    public async Task Stops_watching_when_told_to()
    {
        using var stop = new CancellationTokenSource();
        var (watch, next) = await Watch(0, stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Soon(next));
        await watch.DisposeAsync();
    }

    [Fact]
    public async Task Keeps_to_the_description_of_LNDs_interface()
    {
        var (watch, next) = await Watch(7);
        var one = await NewInvoice();
        var two = await _node.CreateInvoice(
            new InvoiceRequest(new Msat(1_000), "", new Bytes32([.. Enumerable.Repeat((byte)0xfb, 32)]), TimeSpan.FromSeconds(1)), default);
        _lnd.Pay(one.PaymentRequest);
        Assert.True(await Soon(next));
        await _node.LookUp(one.PaymentHash, default);
        await _node.LookUp(new Bytes32([.. Enumerable.Repeat((byte)0xff, 32)]), default);
        await _node.Cancel(two.PaymentHash, default);
        await _node.Cancel(one.PaymentHash, default);
        await watch.DisposeAsync();
        for (var i = 0; i < 500 && _lnd.OpenStreams > 0; i++)
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);

        var exchanges = _lnd.Exchanges;
        var swagger = new Swagger();
        Assert.All(exchanges, exchange => Assert.Empty(swagger.Faults(exchange)));
        Assert.Equal(["GET /v1/invoices/subscribe", "GET /v2/invoices/lookup", "POST /v1/invoices", "POST /v2/invoices/cancel"],
            exchanges.Select(exchange => $"{exchange.Method} {exchange.Path}").Distinct().Order());
        Assert.Contains(exchanges, exchange => exchange.Status == 404);
        Assert.Equal("7", exchanges.Single(exchange => exchange.Path == "/v1/invoices/subscribe").Query["settle_index"]);
        Assert.True(exchanges.Single(exchange => exchange.Path == "/v1/invoices/subscribe").Answers.Count >= 3);
    }

    [Fact]
    public void Sees_what_departs_from_the_description()
    {
        var swagger = new Swagger();
        LndExchange Exchange(string method, string path, string query, string body, int status, string answer) => new(method, path,
            query.Length == 0 ? new Dictionary<string, string>() : new Dictionary<string, string> { [query.Split('=')[0]] = query.Split('=', 2)[1] },
            new Dictionary<string, string>(), body, status, [answer]);
        Assert.NotEmpty(swagger.Faults(Exchange("GET", "/v1/invoice", "", "", 200, "{}")));
        Assert.NotEmpty(swagger.Faults(Exchange("GET", "/v2/invoices/lookup", "hash=AAAA", "", 200, "{}")));
        Assert.NotEmpty(swagger.Faults(Exchange("GET", "/v2/invoices/lookup", "payment_hash=AAA", "", 200, "{}")));
        Assert.NotEmpty(swagger.Faults(Exchange("POST", "/v1/invoices", "", "{\"value_msat\":1}", 200, "{}")));
        Assert.NotEmpty(swagger.Faults(Exchange("POST", "/v1/invoices", "", "{\"amount\":\"1\"}", 200, "{}")));
        Assert.NotEmpty(swagger.Faults(Exchange("POST", "/v1/invoices", "", "{}", 200, "{\"r_hash\":\"zz\"}")));
        Assert.NotEmpty(swagger.Faults(Exchange("POST", "/v1/invoices", "", "{}", 500, "{\"error\":\"x\"}")));
        Assert.NotEmpty(swagger.Faults(Exchange("GET", "/v2/invoices/lookup", "payment_hash=AAAA", "", 200, "{\"state\":\"PAID\"}")));
        Assert.Empty(swagger.Faults(Exchange("GET", "/v2/invoices/lookup", "payment_hash=-_-_", "", 200, "{\"state\":\"SETTLED\",\"settle_index\":\"1\"}")));
    }
}
