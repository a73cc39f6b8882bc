using Lnvps.Core.Time;
using Lnvps.Database.Sessions;
using Lnvps.Database.Workflows;

namespace Lnvps.Platform.Workflows.Engine;

/// <summary>Renews a lease while its holder works; cancels <see cref="Lost"/> when another may have taken it.</summary>
sealed class LeaseKeeper : IAsyncDisposable
{
    // Ends by itself unless a renewal puts it off, also while one hangs.
    readonly CancellationTokenSource _lost;
    readonly CancellationTokenSource _end = new();
    readonly Task _work;

    public LeaseKeeper(Db db, Lease lease, TimeSpan length, TimeProvider time)
    {
        _lost = new CancellationTokenSource(length, time);
        _work = Renew(db, lease, length, time);
    }

    /// <summary>Cancelled when the lease is lost: whoever works under it must stop.</summary>
    public CancellationToken Lost => _lost.Token;

    async Task Renew(Db db, Lease lease, TimeSpan length, TimeProvider time)
    {
        try
        {
            while (!_lost.IsCancellationRequested)
            {
                await Task.Delay(length / 3, time, _end.Token);
                var next = time.Moment().Plus(length);
                try
                {
                    if (!await db.Write(session => session.RenewLease(lease, next, _end.Token), _end.Token))
                        break;
                    if (next.Since(time.Moment()) is { Ticks: > 0 } left)
                        _lost.CancelAfter(left);
                }
                catch (Exception error) when (error is not OperationCanceledException)
                {
                    // The database is away for a moment; the lease holds until its end all the same.
                }
            }
            await _lost.CancelAsync();
        }
        catch (OperationCanceledException)
        {
            // The work is over.
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _work;
        _end.Dispose();
        _lost.Dispose();
    }
}
