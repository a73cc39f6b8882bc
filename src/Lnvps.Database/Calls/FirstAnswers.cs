using Lnvps.Core.Identity;
using Lnvps.Core.Time;
using Lnvps.Database.Sessions;

namespace Lnvps.Database.Calls;

/// <summary>Whose call it is and the hash of its Idempotency-Key.</summary>
public readonly record struct CallId(UserId User, Bytes32 Key);

/// <summary>The right to answer a call first, until it runs out. Whoever holds an older one changes nothing any more.</summary>
public readonly record struct CallLease(CallId Call, uint No);

/// <summary>A row of <c>first_answer</c>.</summary>
public sealed record FirstAnswerRow
{
    /// <summary>Hash of what was asked.</summary>
    public Bytes32 Request { get; init; }
    public Moment Created { get; init; }
    public uint LeaseNo { get; init; }
    public Moment LeaseUntil { get; init; }
    /// <summary>A transaction of the call was committed.</summary>
    public bool Acted { get; init; }
    /// <summary>What the call made, as <see cref="Session.Made"/> was told; null = nothing, or it did not say.</summary>
    public string? Made { get; init; }
    /// <summary>HTTP status of the answer; null = there is none yet.</summary>
    public ushort? Status { get; init; }
    /// <summary>Number of the action that the call began.</summary>
    public string? Action { get; init; }
    public string? Body { get; init; }
}

/// <summary>Queries of the first answers to calls that may be repeated.</summary>
public static class FirstAnswers
{
    const string Columns = "request, created, lease_no, lease_until, acted, made, status, action, body";

    const string Held = "user_id = @User AND call_key = @Key AND lease_no = @No";

    /// <summary>Locked until the transaction ends.</summary>
    public static Task<FirstAnswerRow?> LockFirstAnswer(this Session session, CallId call, CancellationToken stop) =>
        session.Find<FirstAnswerRow>($"SELECT {Columns} FROM first_answer WHERE user_id = @User AND call_key = @Key {session.Dialect.ForUpdate}", call, stop);

    /// <summary>The first lease of a call that was not seen before; a duplicate key means that somebody else was faster.</summary>
    public static Task InsertFirstAnswer(this Session session, CallId call, Bytes32 request, Moment now, Moment until, CancellationToken stop) =>
        session.Execute("""
            INSERT INTO first_answer (user_id, call_key, request, created, lease_no, lease_until, acted) VALUES (@User, @Key, @request, @now, 1, @until, 0)
            """, new { call.User, call.Key, request, now, until }, stop);

    /// <summary>Takes the lease from a holder that is gone.</summary>
    public static Task TakeOverCall(this Session session, CallLease next, Moment until, CancellationToken stop) =>
        session.Execute("UPDATE first_answer SET lease_no = @No, lease_until = @until WHERE user_id = @User AND call_key = @Key",
            new { next.Call.User, next.Call.Key, next.No, until }, stop);

    /// <summary>False when the lease was lost.</summary>
    public static async Task<bool> ExtendCall(this Session session, CallLease lease, Moment until, CancellationToken stop) =>
        await session.Execute($"UPDATE first_answer SET lease_until = @until WHERE {Held}", new { lease.Call.User, lease.Call.Key, lease.No, until }, stop) > 0;

    /// <summary>Notes, in the transaction of an effect, that there is one and what it made. False when the lease was lost: then nothing may be committed.</summary>
    public static async Task<bool> MarkCallActed(this Session session, CallLease lease, string? made, CancellationToken stop) =>
        await session.Execute($"UPDATE first_answer SET acted = 1, made = COALESCE(@made, made) WHERE {Held}",
            new { lease.Call.User, lease.Call.Key, lease.No, made }, stop) > 0;

    public static Task KeepAnswer(this Session session, CallLease lease, ushort status, string? action, string body, CancellationToken stop) =>
        session.Execute($"UPDATE first_answer SET status = @status, action = @action, body = @body WHERE {Held} AND status IS NULL",
            new { lease.Call.User, lease.Call.Key, lease.No, status, action, body }, stop);

    /// <summary>Gives up without an answer: forgets a call that changed nothing, and lets another attempt take over at once what one did.</summary>
    public static async Task ReleaseCall(this Session session, CallLease lease, CancellationToken stop)
    {
        var held = new { lease.Call.User, lease.Call.Key, lease.No };
        await session.Execute($"DELETE FROM first_answer WHERE {Held} AND acted = 0", held, stop);
        await session.Execute($"UPDATE first_answer SET lease_until = 0 WHERE {Held} AND status IS NULL", held, stop);
    }

    public static Task ForgetCall(this Session session, CallId call, CancellationToken stop) =>
        session.Execute("DELETE FROM first_answer WHERE user_id = @User AND call_key = @Key", call, stop);

    public static Task<int> ForgetCallsBefore(this Session session, Moment time, CancellationToken stop) =>
        session.Execute("DELETE FROM first_answer WHERE created < @time", new { time }, stop);
}
