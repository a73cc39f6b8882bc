using Lnvps.Api.Http;
using Lnvps.Core.Outcomes;
using Lnvps.Platform.Payments.Revolut;

namespace Lnvps.Api.Payments;

/// <summary>
/// /api/v1/webhook/revolut (customer-api.md section 9.1): 200 with an empty body once what the message says is committed, 400 for a wrong signature or time, 404 while
/// Revolut is not configured, 413 for a body beyond 256 KiB, 500 when it must be delivered again.
/// </summary>
sealed class RevolutWebhook(RevolutMessages messages)
{
    const int LargestBody = 256 * 1024;

    public void Map(Routes routes) => routes.Webhook(RegisterWebhooks.Path, Handle)
        .Summary("Messages of Revolut", "For the payment provider only: signed with the headers Revolut-Signature and Revolut-Request-Timestamp.")
        .Errors(ErrorCode.MalformedRequest, ErrorCode.NotFound, ErrorCode.BodyTooLarge);

    async Task Handle(HttpContext context)
    {
        var stop = context.RequestAborted;
        if (!await messages.AreExpected(stop))
        {
            await Reply.Error(context, 404, "Not found");
            return;
        }
        BodyLimits.Limit(context, LargestBody);
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, stop);
        var headers = context.Request.Headers;
        var outcome = await messages.Take(
            headers["Revolut-Signature"].ToString(), headers["Revolut-Request-Timestamp"].ToString(), body.GetBuffer().AsMemory(0, (int)body.Length), stop);
        if (outcome == MessageOutcome.Refused)
            await Reply.Error(context, 400, "The signature or the time of the message is missing or wrong");
        else
            context.Response.ContentLength = 0;
    }
}
