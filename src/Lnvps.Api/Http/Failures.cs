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
            await Answer(context, fault.Code, fault.Message);
            return;
        }
        catch (BadHttpRequestException fault)
        {
            var code = ErrorCodes.OfStatus(fault.StatusCode);
            await Answer(context, code, TextOf(code));
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
            await Answer(context, ErrorCode.Internal, "Something went wrong on our side, please try again");
            return;
        }
        if (!context.Response.HasStarted && context.Response.StatusCode >= 400 && context.Response.ContentLength is null && context.Response.ContentType is null)
        {
            var code = ErrorCodes.OfStatus(context.Response.StatusCode);
            await Answer(context, code, TextOf(code));
        }
    }

    static async Task Answer(HttpContext context, ErrorCode code, string message)
    {
        if (!context.Response.HasStarted)
            await Reply.Error(context, code, message);
    }

    static string TextOf(ErrorCode code) => code switch
    {
        ErrorCode.MalformedRequest => "The request is malformed",
        ErrorCode.NotFound => "Not found",
        ErrorCode.MethodNotAllowed => "Method not allowed",
        ErrorCode.BodyTooLarge => "The body is too large",
        ErrorCode.NotJson => "The body must be JSON with Content-Type: application/json",
        ErrorCode.RateLimited => "Too many requests",
        _ => "The request failed",
    };

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Method} {Path}: something behind the API failed")]
    static partial void LogBehind(ILogger logger, Exception error, string method, string path);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Path}: unexpected failure")]
    static partial void LogBug(ILogger logger, Exception error, string method, string path);
}
