using System.Diagnostics;
using Microsoft.AspNetCore.Http.Features;
using OpenTelemetry;

namespace Lnvps.Api.Operations;

/// <summary>
/// What leaves the house of a request: method, route and status. Not its path, query, headers or address: they may hold a signature, an id or a person.
/// </summary>
sealed class RequestSpans : BaseProcessor<Activity>
{
    public const string SourceName = "Microsoft.AspNetCore";

    static readonly HashSet<string> Kept = new(StringComparer.Ordinal) { "http.request.method", "http.response.status_code", "http.route" };

    static readonly HashSet<string> Methods = new(StringComparer.Ordinal) { "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT" };

    /// <summary>Names the spans of requests; costs nothing while nobody listens.</summary>
    public static void Use(IApplicationBuilder app) => app.Use(async (context, next) =>
    {
        await next(context);
        if (context.Features.Get<IHttpActivityFeature>()?.Activity is { IsAllDataRequested: true } span)
            Describe(span, context);
    });

    public override void OnEnd(Activity data)
    {
        if (data.Source.Name != SourceName)
            return;
        foreach (var (name, _) in data.TagObjects.Where(tag => !Kept.Contains(tag.Key)).ToList())
            data.SetTag(name, null);
    }

    static void Describe(Activity span, HttpContext context)
    {
        // As with the metrics: a method that nobody knows is written by strangers.
        var method = HttpMethods.GetCanonicalizedValue(context.Request.Method) is var known && Methods.Contains(known) ? known : "_OTHER";
        var route = (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText;
        span.DisplayName = route is null ? method : $"{method} {route}";
        span.SetTag("http.request.method", method);
        span.SetTag("http.route", route);
        span.SetTag("http.response.status_code", context.Response.StatusCode);
        if (context.Response.StatusCode >= 500)
            span.SetStatus(ActivityStatusCode.Error);
    }
}
