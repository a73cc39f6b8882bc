using System.Data.Common;
using System.Text;
using Lnvps.Api.Accounts;
using Lnvps.Api.Actions;
using Lnvps.Core.Outcomes;
using Lnvps.Database.Calls;
using Lnvps.Database.Sessions;
using Microsoft.AspNetCore.Http.Features;

namespace Lnvps.Api.Http.Repetition;

/// <summary>
/// Idempotency-Key: the first answer to a call is kept for a day and given again to whoever repeats the call with the same key of the same account. Two at once
/// never act twice: each transaction of the call carries a mark that only the holder of the call's lease can write. Without the header, and for anonymous
/// calls, nothing is different.
/// </summary>
sealed partial class RepeatedCalls(RequestDelegate next, CallLedger ledger, ILogger<RepeatedCalls> log)
{
    public async Task InvokeAsync(HttpContext context)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<Repeatable>() is not { } repeatable
            || context.Features.Get<CallerFeature>() is not { } caller
            || await CallKey.Of(context) is not { } key)
        {
            await next(context);
            return;
        }
        switch (await ledger.Take(new CallId(caller.User, key.Key), key.Request, context.RequestAborted))
        {
            case CallTurn.Answered { First: var first }:
                await Replay(context, first);
                break;
            case CallTurn.Refused refused:
                if (refused.Code == ErrorCode.IdempotencyInProgress)
                    context.Response.Headers.RetryAfter = "1";
                await Reply.Error(context, refused.Code, refused.Message);
                break;
            case CallTurn.Act { Lease: var lease, Earlier: { Acted: true, Made: null } } when !repeatable.MayActAgain:
                await ledger.Release(lease);
                await Reply.Error(context, ErrorCode.IdempotencyOutcomeUnknown,
                    "The first request with this key was cut off after it changed something; look at what there is before you repeat it with another key");
                break;
            case CallTurn.Act act:
                if (act.Earlier?.Made is { } made)
                    context.Features.Set(new MadeBefore(made));
                await Act(context, act.Lease, act.Earlier?.Made);
                break;
        }
        await ledger.Purge(context.RequestAborted);
    }

    async Task Act(HttpContext context, CallLease lease, string? madeBefore)
    {
        var wire = context.Response.Body;
        using var answer = new MemoryStream();
        var witness = new LeaseWitness(lease) { Made = madeBefore };
        try
        {
            context.Response.Body = answer;
            await using (ledger.KeepAlive(lease))
            using (witness.Watch())
                await next(context);
        }
        catch (Exception error)
        {
            await Release(lease);
            if (error is LeaseWitness.LostException)
                throw new RequestFault(ErrorCode.IdempotencyInProgress, "Another request with this key is under way");
            throw;
        }
        finally
        {
            context.Response.Body = wire;
        }
        await Keep(context, lease, witness, answer);
        await wire.WriteAsync(answer.GetBuffer().AsMemory(0, (int)answer.Length), context.RequestAborted);
    }

    // A failure of ours that made nothing is not worth keeping: the customer is to try again.
    async Task Keep(HttpContext context, CallLease lease, LeaseWitness witness, MemoryStream answer)
    {
        if (context.Response.StatusCode >= 500 && witness.Made is null)
        {
            await Release(lease);
            return;
        }
        try
        {
            var action = context.Response.Headers[ActionHeader.Name].ToString();
            await ledger.Keep(lease, context.Response.StatusCode, action.Length == 0 ? null : action, Encoding.UTF8.GetString(answer.GetBuffer(), 0, (int)answer.Length));
        }
        catch (DbException error)
        {
            // The lease runs out; a repetition finds by its mark what this call did.
            LogNotKept(log, error);
        }
    }

    async Task Release(CallLease lease)
    {
        try
        {
            await ledger.Release(lease);
        }
        catch (DbException error)
        {
            LogNotKept(log, error);
        }
    }

    static Task Replay(HttpContext context, FirstAnswerRow first)
    {
        var response = context.Response;
        var body = Encoding.UTF8.GetBytes(first.Body ?? "");
        response.StatusCode = first.Status ?? StatusCodes.Status200OK;
        response.ContentType = "application/json";
        response.ContentLength = body.Length;
        response.Headers["Idempotent-Replayed"] = "true";
        if (first.Action is { } action)
            response.Headers[ActionHeader.Name] = action;
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : response.Body.WriteAsync(body, context.RequestAborted).AsTask();
    }

    /// <summary>Marks the call as acted in each of its transactions, and undoes those of a call whose lease another took.</summary>
    sealed class LeaseWitness(CallLease lease) : CommitWitness
    {
        public string? Made { get; set; }

        protected override async Task BeforeCommit(Session session, string? made, CancellationToken stop)
        {
            if (!await session.MarkCallActed(lease, made, stop))
                throw new LostException();
            Made = made ?? Made;
        }

        public sealed class LostException : Exception;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The answer to a repeatable call could not be kept")]
    static partial void LogNotKept(ILogger logger, Exception error);
}
