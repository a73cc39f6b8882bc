using System.Globalization;
using System.Threading.RateLimiting;
using Lnvps.Core.Outcomes;
using Microsoft.AspNetCore.RateLimiting;

namespace Lnvps.Api.Http;

/// <summary>Fixed windows per client address (customer-api.md section 3.3), on the real clock.</summary>
static class RateLimits
{
    const int PerMinute = 600;
    const int PerMinuteStrict = 10;

    public static void AddRateLimits(this IServiceCollection services) => services.AddRateLimiter(options =>
    {
        options.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
        options.OnRejected = async (rejected, _) =>
        {
            var wait = rejected.Lease.TryGetMetadata(MetadataName.RetryAfter, out var after) ? after : TimeSpan.FromMinutes(1);
            rejected.HttpContext.Response.Headers.RetryAfter = Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
            await Reply.Error(rejected.HttpContext, ErrorCode.RateLimited, "Too many requests, please wait a moment");
        };
        options.GlobalLimiter = PartitionedRateLimiter.CreateChained(Window(PerMinute, _ => true), Window(PerMinuteStrict, IsStrict));
    });

    static PartitionedRateLimiter<HttpContext> Window(int limit, Func<HttpContext, bool> applies) =>
        PartitionedRateLimiter.Create<HttpContext, string>(context => applies(context)
            ? RateLimitPartition.GetFixedWindowLimiter(ClientAddress(context),
                _ => new FixedWindowRateLimiterOptions { PermitLimit = limit, Window = TimeSpan.FromMinutes(1), QueueLimit = 0 })
            : RateLimitPartition.GetNoLimiter(""));

    static bool IsStrict(HttpContext context)
    {
        var path = context.Request.Path.Value ?? "";
        return path == "/api/v1/contact" || path.StartsWith("/.well-known/lnurlp/", StringComparison.Ordinal) || path.EndsWith("/renew-lnurlp", StringComparison.Ordinal);
    }

    // The right-most entry is the one that our own proxy added; the others are the client's claim.
    static string ClientAddress(HttpContext context)
    {
        var forwarded = context.Request.Headers["X-Forwarded-For"].ToString();
        if (forwarded.Length > 0)
            return forwarded[(forwarded.LastIndexOf(',') + 1)..].Trim();
        var real = context.Request.Headers["X-Real-IP"].ToString();
        return real.Length > 0 ? real : context.Connection.RemoteIpAddress?.ToString() ?? "unknown";
    }
}
