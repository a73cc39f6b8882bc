using System.Data.Common;
using Lnvps.Core.Outcomes;

namespace Lnvps.Api.Http;

/// <summary>Gives every failure, from whatever layer, the JSON error envelope. A bug ends its request with a neutral 500, never the process.</summary>
sealed partial class Failures(RequestDelegate next, ILogger<Failures> log)
{
    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
        }
        catch (RequestFault fault)
        {
            await Answer(context, fault.Status, fault.Message);
            return;
        }
        catch (BadHttpRequestException fault)
        {
            await Answer(context, fault.StatusCode, fault.StatusCode == 413 ? "The body is too large" : "The request is malformed");
            return;
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client has gone; nobody reads an answer.
            return;
        }
        catch (IOException) when (context.RequestAborted.IsCancellationRequested)
        {
            return;
        }
        catch (Exception error)
        {
            if (error is DbException or OutsideFault or TimeoutException)
                LogBehind(log, error, context.Request.Method, context.Request.Path);
            else
                LogBug(log, error, context.Request.Method, context.Request.Path);
            await Answer(context, 500, "Something went wrong on our side, please try again");
            return;
        }
        if (!context.Response.HasStarted && context.Response.StatusCode >= 400 && context.Response.ContentLength is null && context.Response.ContentType is null)
            await Answer(context, context.Response.StatusCode, TextOf(context.Response.StatusCode));
    }

    static async Task Answer(HttpContext context, int status, string message)
    {
        if (!context.Response.HasStarted)
            await Reply.Error(context, status, message);
    }

    static string TextOf(int status) => status switch
    {
        400 => "The request is malformed",
        404 => "Not found",
        405 => "Method not allowed",
        413 => "The body is too large",
        415 => "The body must be JSON with Content-Type: application/json",
        429 => "Too many requests",
        _ => "The request failed",
    };

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Method} {Path}: something behind the API failed")]
    static partial void LogBehind(ILogger logger, Exception error, string method, string path);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Path}: unexpected failure")]
    static partial void LogBug(ILogger logger, Exception error, string method, string path);
}
