using Microsoft.AspNetCore.Routing.Patterns;

namespace Lnvps.Api.Http;

/// <summary>
/// Paths are exact: letter case counts and a trailing slash is another path (customer-api.md section 1.1). ASP.NET's routing is more lenient.
/// </summary>
static class ExactPaths
{
    public static void UseExactPaths(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        if (context.GetEndpoint() is RouteEndpoint endpoint && !Matches(endpoint.RoutePattern, context.Request.Path.Value ?? ""))
            context.SetEndpoint(null);
        return next(context);
    });

    static bool Matches(RoutePattern pattern, string path)
    {
        var position = 0;
        foreach (var segment in pattern.PathSegments)
        {
            if (position >= path.Length || path[position] != '/')
                return false;
            var end = path.IndexOf('/', position + 1);
            if (end < 0)
                end = path.Length;
            if (segment.IsSimple && segment.Parts[0] is RoutePatternLiteralPart literal && !path.AsSpan(position + 1, end - position - 1).SequenceEqual(literal.Content))
                return false;
            position = end;
        }
        return position == path.Length || (pattern.PathSegments.Count == 0 && path == "/");
    }
}
