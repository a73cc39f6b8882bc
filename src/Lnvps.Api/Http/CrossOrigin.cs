namespace Lnvps.Api.Http;

/// <summary>
/// Cross-origin and security headers on every answer (customer-api.md sections 3.1 and 3.2). The origin is never reflected and credentials are
/// never allowed: browsers refuse that for <c>Origin: null</c>, and nothing here uses cookies.
/// </summary>
static class CrossOrigin
{
    public static void UseCrossOrigin(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        var headers = context.Response.Headers;
        headers.AccessControlAllowOrigin = "*";
        headers.AccessControlExposeHeaders = "*";
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "no-referrer";
        if (!HttpMethods.IsOptions(context.Request.Method) || !context.Request.Headers.ContainsKey("Access-Control-Request-Method"))
            return next(context);

        headers.AccessControlAllowMethods = "GET, HEAD, POST, PATCH, DELETE, PUT, OPTIONS";
        // A literal "*" does not cover Authorization, so the asked names are echoed; what can be no name is not.
        if (context.Request.Headers.AccessControlRequestHeaders.ToString() is { Length: > 0 } asked && asked.All(letter => letter is >= ' ' and <= '~'))
            headers.AccessControlAllowHeaders = asked;
        headers.AccessControlMaxAge = "86400";
        context.Response.StatusCode = 200;
        context.Response.ContentLength = 0;
        return Task.CompletedTask;
    });
}
