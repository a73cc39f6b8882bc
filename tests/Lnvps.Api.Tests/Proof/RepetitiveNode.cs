using System.Runtime.CompilerServices;
using Lnvps.Core.Identity;
using Lnvps.Lightning.Nodes;

namespace Lnvps.Api.Tests.Proof;

/// <summary>
/// A node that says the same settlement over and over: each of its streams tells of one payment many times. Streams, and look-ups of that payment, are held up until
/// it is started, so that all of them speak at once.
/// </summary>
sealed class RepetitiveNode(ILightningNode node, PaymentId payment, int times) : ILightningNode
{
    readonly TaskCompletionSource _start = new(TaskCreationOptions.RunContinuationsAsynchronously);
    int _waiting, _told;

    public Task Started => _start.Task;

    /// <summary>Lets all go as soon as so many wait.</summary>
    public async Task Start(int whenWaiting)
    {
        await Until(() => Volatile.Read(ref _waiting) >= whenWaiting);
        _start.TrySetResult();
    }

    /// <summary>Ends when so many events of streams have been dealt with.</summary>
    public Task Told(int events) => Until(() => Volatile.Read(ref _told) >= events);

    public Task<Invoice> CreateInvoice(InvoiceRequest request, CancellationToken stop) => node.CreateInvoice(request, stop);

    public async Task<InvoiceStatus> LookUp(Bytes32 paymentHash, CancellationToken stop)
    {
        var status = await node.LookUp(paymentHash, stop);
        if (paymentHash == payment.Bytes)
            await Wait(stop);
        return status;
    }

    public Task Cancel(Bytes32 paymentHash, CancellationToken stop) => node.Cancel(paymentHash, stop);

    public async IAsyncEnumerable<Settlement> WatchSettled(ulong settleIndex, [EnumeratorCancellation] CancellationToken stop)
    {
        var status = await node.LookUp(payment.Bytes, stop);
        await Wait(stop);
        for (var i = 0; i < times; i++)
        {
            yield return new Settlement(payment.Bytes, status.SettleIndex);
            Interlocked.Increment(ref _told);
        }
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stop);
    }

    Task Wait(CancellationToken stop)
    {
        Interlocked.Increment(ref _waiting);
        return _start.Task.WaitAsync(stop);
    }

    static async Task Until(Func<bool> condition)
    {
        while (!condition())
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
    }
}
