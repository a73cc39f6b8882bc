using Lnvps.Core.Time;
using Lnvps.Database.Sessions;
using Lnvps.Database.Workflows;

namespace Lnvps.Platform.Workflows.Engine;

/// <summary>Renews a lease while its holder works; cancels <see cref="Lost"/> when another may have taken it.</summary>
sealed class LeaseKeeper : IAsyncDisposable
{
    readonly CancellationTokenSource _lost = new();
    readonly CancellationTokenSource _end = new();
    readonly Task _work;

    public LeaseKeeper(Db db, Lease lease, TimeSpan length, TimeProvider time) => _work = Renew(db, lease, length, time);

    /// <summary>Cancelled when the lease is lost: whoever works under it must stop.</summary>
    public CancellationToken Lost => _lost.Token;

    async Task Renew(Db db, Lease lease, TimeSpan length, TimeProvider time)
    {
        var until = time.Moment().Plus(length);
        try
        {
            while (time.Moment() < until)
            {
                await Task.Delay(length / 3, time, _end.Token);
                var next = time.Moment().Plus(length);
                try
                {
                    if (!await db.Write(session => session.RenewLease(lease, next, _end.Token), _end.Token))
                        break;
                    until = next;
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
