using Microsoft.AspNetCore.Routing.Patterns;

namespace Lnvps.Api.Http;

/// <summary>
/// Paths are exact: letter case counts and a trailing slash is another path (customer-api.md section 1.1), and a path that is spelt out is never read as one
/// with an id in it, whatever the method (section 5). ASP.NET's routing is more lenient.
/// </summary>
static class ExactPaths
{
    public static void UseExactPaths(this WebApplication app)
    {
        var spelt = new Lazy<Dictionary<string, string>>(() => SpeltOut(app.Services.GetRequiredService<EndpointDataSource>()));
        app.Use((context, next) =>
        {
            if (context.GetEndpoint() is not RouteEndpoint { RoutePattern: var pattern })
                return next(context);
            var path = context.Request.Path.Value ?? "";
            if (!Matches(pattern, path))
            {
                context.SetEndpoint(null);
            }
            else if (pattern.Parameters.Count > 0 && spelt.Value.TryGetValue(path, out var methods))
            {
                context.SetEndpoint(null);
                context.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
                context.Response.Headers.Allow = methods;
                return Task.CompletedTask;
            }
            return next(context);
        });
    }

    /// <summary>Methods of the paths without parameters.</summary>
    static Dictionary<string, string> SpeltOut(EndpointDataSource endpoints) => endpoints.Endpoints.OfType<RouteEndpoint>()
        .Where(endpoint => endpoint.RoutePattern.Parameters.Count == 0)
        .GroupBy(endpoint => endpoint.RoutePattern.RawText ?? "", StringComparer.Ordinal)
        .ToDictionary(path => path.Key,
            path => string.Join(", ", path.SelectMany(endpoint => endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? [])), StringComparer.Ordinal);

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
