using System.Data.Common;
using Lnvps.Core.Identity;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Time;
using Lnvps.Database.Calls;
using Lnvps.Database.Sessions;

namespace Lnvps.Api.Http.Repetition;

/// <summary>What is to be done with a call.</summary>
abstract record CallTurn
{
    /// <summary>Carry it out. <paramref name="Earlier"/>: what an attempt that died left behind; null = there was none.</summary>
    public sealed record Act(CallLease Lease, FirstAnswerRow? Earlier) : CallTurn;

    /// <summary>Give the first answer again.</summary>
    public sealed record Answered(FirstAnswerRow First) : CallTurn;

    public sealed record Refused(ErrorCode Code, string Message) : CallTurn;
}

/// <summary>Who may carry out a call that has an Idempotency-Key, decided by the database: so it holds over restarts and processes.</summary>
sealed class CallLedger(Db db, TimeProvider time)
{
    /// <summary>How long first answers are kept.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromHours(24);

    /// <summary>After this time without a sign of life another request takes over. A live one extends it at a third of it.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(15);

    /// <summary>How soon the lease is asked for again when the database did not answer.</summary>
    static readonly TimeSpan BeatAgain = TimeSpan.FromSeconds(1);

    static readonly TimeSpan BetweenPurges = TimeSpan.FromHours(1);

    long _purged = time.GetTimestamp();

    public async Task<CallTurn> Take(CallId call, Bytes32 request, CancellationToken stop)
    {
        while (true)
        {
            try
            {
                return await db.Write(session => Take(session, call, request, stop), stop);
            }
            catch (DbException error) when (db.Dialect.IsDuplicateKey(error))
            {
                // Another request with this key came between look and insert; now its row is there.
            }
        }
    }

    async Task<CallTurn> Take(Session session, CallId call, Bytes32 request, CancellationToken stop)
    {
        var now = time.Moment();
        var row = await session.LockFirstAnswer(call, stop);
        if (row is not null && now.Since(row.Created) >= Kept)
        {
            await session.ForgetCall(call, stop);
            row = null;
        }
        if (row is null)
        {
            await session.InsertFirstAnswer(call, request, now, now.Plus(Lease), stop);
            return new CallTurn.Act(new CallLease(call, 1), Earlier: null);
        }
        if (row.Request != request)
            return new CallTurn.Refused(ErrorCode.IdempotencyKeyReused, $"This {CallKey.Header} was used for another request");
        if (row.Status is not null)
            return new CallTurn.Answered(row);
        if (row.LeaseUntil > now)
            return new CallTurn.Refused(ErrorCode.IdempotencyInProgress, $"The first request with this {CallKey.Header} is still under way");
        var lease = new CallLease(call, row.LeaseNo + 1);
        await session.TakeOverCall(lease, now.Plus(Lease), stop);
        return new CallTurn.Act(lease, row);
    }

    /// <summary>Keeps others from taking over until it is disposed of.</summary>
    public IAsyncDisposable KeepAlive(CallLease lease) => new Beat(db, lease, time);

    public Task Keep(CallLease lease, int status, string? action, string body) =>
        db.Write(session => session.KeepAnswer(lease, (ushort)status, action, body, CancellationToken.None), CancellationToken.None);

    public Task Release(CallLease lease) => db.Write(session => session.ReleaseCall(lease, CancellationToken.None), CancellationToken.None);

    /// <summary>Forgets old answers, once an hour at most.</summary>
    public async Task Purge(CancellationToken stop)
    {
        var last = Interlocked.Read(ref _purged);
        if (time.GetElapsedTime(last) < BetweenPurges || Interlocked.CompareExchange(ref _purged, time.GetTimestamp(), last) != last)
            return;
        var limit = time.Moment().Plus(-Kept);
        await db.Write(session => session.ForgetCallsBefore(limit, stop), stop);
    }

    sealed class Beat : IAsyncDisposable
    {
        readonly CancellationTokenSource _over = new();
        readonly Task _beating;

        public Beat(Db db, CallLease lease, TimeProvider time) => _beating = Run(db, lease, time, _over.Token);

        static async Task Run(Db db, CallLease lease, TimeProvider time, CancellationToken over)
        {
            try
            {
                var wait = Lease / 3;
                while (true)
                {
                    await Task.Delay(wait, time, over);
                    if (await Extend(db, lease, time, over) is not { } held)
                        wait = BeatAgain;
                    else if (held)
                        wait = Lease / 3;
                    else
                        return;
                }
            }
            catch (OperationCanceledException)
            {
                // The call has ended.
            }
        }

        /// <summary>False when the lease was lost for good; null when the database could not tell. Should the lease run out meanwhile, a transaction that comes too late is refused.</summary>
        static async Task<bool?> Extend(Db db, CallLease lease, TimeProvider time, CancellationToken over)
        {
            try
            {
                return await db.Write(session => session.ExtendCall(lease, time.Moment().Plus(Lease), over), over);
            }
            catch (DbException)
            {
                return null;
            }
        }

        public async ValueTask DisposeAsync()
        {
            await _over.CancelAsync();
            await _beating;
            _over.Dispose();
        }
    }
}
