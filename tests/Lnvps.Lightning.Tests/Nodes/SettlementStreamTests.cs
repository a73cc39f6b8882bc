using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Lnvps.Core.Identity;
using Lnvps.Core.Outcomes;
using Lnvps.Lightning.Nodes;
using Microsoft.Extensions.Time.Testing;

namespace Lnvps.Lightning.Tests.Nodes;

public sealed class SettlementStreamTests : IDisposable
{
    /// <summary>A node whose streams the test feeds: a settlement, or a failure that ends the stream.</summary>
    sealed class FedNode : ILightningNode
    {
        public Channel<object?> Feed { get; } = Channel.CreateUnbounded<object?>();

        public List<ulong> Cursors { get; } = [];

        public async IAsyncEnumerable<Settlement> WatchSettled(ulong settleIndex, [EnumeratorCancellation] CancellationToken stop)
        {
            Cursors.Add(settleIndex);
            while (await Feed.Reader.ReadAsync(stop) is { } item)
                yield return item as Settlement ?? throw (Exception)item;
        }

        public Task<Invoice> CreateInvoice(InvoiceRequest request, CancellationToken stop) => throw new NotSupportedException();

        public Task<InvoiceStatus> LookUp(Bytes32 paymentHash, CancellationToken stop) => throw new NotSupportedException();

        public Task Cancel(Bytes32 paymentHash, CancellationToken stop) => throw new NotSupportedException();
    }

    readonly FakeTimeProvider _time = new();
    readonly FedNode _node = new();
    readonly CancellationTokenSource _stop = new();
    readonly Channel<string> _seen = Channel.CreateUnbounded<string>();
    ulong _cursor = 5;

    public void Dispose() => _stop.Dispose();

    static Settlement Settlement(ulong index) => new(new Bytes32(new byte[32]), index);

    Task Start() => new SettlementStream(_node, _time).Run(
        _ => Task.FromResult(_cursor),
        () => _seen.Writer.TryWrite("connecting"),
        (settlement, _) =>
        {
            _cursor = settlement.SettleIndex;
            _seen.Writer.TryWrite($"settled {settlement.SettleIndex}");
            return settlement.SettleIndex == 13 ? throw new InvalidOperationException("handler") : Task.CompletedTask;
        },
        (reason, pause) => _seen.Writer.TryWrite($"lost for {pause.TotalSeconds} s: {reason.Message}"),
        _stop.Token);

    async Task Expect(params string[] events)
    {
        foreach (var expected in events)
            Assert.Equal(expected, await _seen.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(10)));
        // The pause begins after the last event was told.
        await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
    }

    void Happens(params object?[] items)
    {
        foreach (var item in items)
            _node.Feed.Writer.TryWrite(item);
    }

    [Fact]
    public async Task Resumes_from_the_stored_cursor_after_ten_seconds()
    {
        var run = Start();
        Happens(Settlement(6), Settlement(7), OutsideFault.Transient("gone"));
        await Expect("connecting", "settled 6", "settled 7", "lost for 10 s: gone");
        _time.Advance(TimeSpan.FromSeconds(9));
        Assert.False(_seen.Reader.TryRead(out _));
        _time.Advance(TimeSpan.FromSeconds(1));
        await Expect("connecting");
        Assert.Equal([5UL, 7UL], _node.Cursors);
        await _stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run.WaitAsync(TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public async Task Waits_longer_while_it_keeps_failing_and_starts_over_after_a_success()
    {
        var run = Start();
        foreach (var pause in new[] { 10, 20, 40, 80, 120, 120 })
        {
            Happens(OutsideFault.Fatal("no"));
            await Expect("connecting", $"lost for {pause} s: no");
            _time.Advance(TimeSpan.FromSeconds(pause));
        }
        Happens(Settlement(8), null);
        await Expect("connecting", "settled 8", "lost for 10 s: The stream of settlements ended");
        _time.Advance(TimeSpan.FromSeconds(10));
        Happens(OutsideFault.Transient("no"));
        await Expect("connecting", "lost for 20 s: no");
        _time.Advance(TimeSpan.FromSeconds(20));
        // A connection that lasted a minute was good, though silent.
        await Expect("connecting");
        _time.Advance(TimeSpan.FromMinutes(1));
        Happens(OutsideFault.Transient("no"));
        await Expect("lost for 10 s: no");
        await _stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run.WaitAsync(TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public async Task Outlives_a_handler_that_throws()
    {
        var run = Start();
        Happens(Settlement(13));
        await Expect("connecting", "settled 13", "lost for 10 s: handler");
        _time.Advance(TimeSpan.FromSeconds(10));
        Happens(Settlement(14));
        await Expect("connecting", "settled 14");
        await _stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run.WaitAsync(TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public async Task Stops_during_a_pause()
    {
        var run = Start();
        Happens(OutsideFault.Transient("no"));
        await Expect("connecting", "lost for 10 s: no");
        await _stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run.WaitAsync(TimeSpan.FromSeconds(10)));
    }
}
