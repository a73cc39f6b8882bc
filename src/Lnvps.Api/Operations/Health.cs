using Lnvps.Api.Http;
using Lnvps.Core.Outcomes;
using Lnvps.Platform;

namespace Lnvps.Api.Operations;

/// <summary>For load balancers and supervisors: <c>/health/live</c> (the process answers) and <c>/health/ready</c> (its database answers too).</summary>
static class Health
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public static void Map(Routes routes, Shop shop)
    {
        routes.Document("/health/live", Access.Public, context => Say(context, 200, "live"))
            .Summary("Whether the process answers").Gives("text/plain");
        routes.Document("/health/ready", Access.Public, context => Ready(context, shop))
            .Summary("Whether its database answers too").Gives("text/plain").Errors(ErrorCode.Unavailable);
    }

    static async Task Ready(HttpContext context, Shop shop)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        limit.CancelAfter(Patience);
        try
        {
            await shop.Db.Read(session => session.Scalar<long>("SELECT 1", null, limit.Token), limit.Token);
            await Say(context, 200, "ready");
        }
        catch (Exception error) when (error is System.Data.Common.DbException or OperationCanceledException)
        {
            await Reply.Error(context, ErrorCode.Unavailable, "The database does not answer");
        }
    }

    static Task Say(HttpContext context, int status, string text)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain";
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.WriteAsync(text, context.RequestAborted);
    }
}
