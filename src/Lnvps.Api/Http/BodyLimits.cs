using Lnvps.Core.Outcomes;
using Microsoft.AspNetCore.Http.Features;

namespace Lnvps.Api.Http;

/// <summary>How large a request body may be. One that says it is larger is refused unread.</summary>
static class BodyLimits
{
    /// <summary>Largest body of any endpoint, in bytes.</summary>
    public const long Largest = 2 * 1024 * 1024;

    /// <summary>
    /// How much of a refused body is still taken off the connection, in bytes. Closing it while a client sends would often cost the client the answer: it sees a
    /// broken connection instead of the refusal (RFC 9112 section 9.6).
    /// </summary>
    public const long Discarded = 16 * 1024 * 1024;

    public static void UseBodyLimits(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        Limit(context, Largest);
        return next(context);
    });

    /// <summary>Allows this request no more than so many bytes.</summary>
    /// <exception cref="RequestFault">The request says that it has more.</exception>
    public static void Limit(HttpContext context, long bytes)
    {
        if (context.Request.ContentLength > bytes)
            throw new RequestFault(ErrorCode.BodyTooLarge, "The body is too large");
        // Of unstated length: counted while it is read.
        if (context.Request.ContentLength is null && context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            limit.MaxRequestBodySize = bytes;
    }
}
