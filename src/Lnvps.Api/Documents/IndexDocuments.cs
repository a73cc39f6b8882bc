using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Lnvps.Api.Http;
using Lnvps.Api.Http.Contracts;

namespace Lnvps.Api.Documents;

/// <summary>The documentation pages, embedded in the program (customer-api.md section 9.2).</summary>
static partial class IndexDocuments
{
    const string Markdown = "text/markdown";

    public static void Map(Routes routes)
    {
        Page(routes, "/", "index.html").Summary("This documentation, to read");
        Page(routes, "/index.html", "index.html").Summary("This documentation, to read");
        Page(routes, "/swagger", "swagger.html").Summary("This documentation, to try out", "With a NIP-07 extension in the browser calls are signed.");
        Serve(routes, "/docs/endpoints.md", "endpoints.md", $"{Markdown}; charset=utf-8").Summary("Endpoints, as Markdown").Gives(Markdown);
        Serve(routes, "/docs/changelog.md", "changelog.md", $"{Markdown}; charset=utf-8").Summary("What changed, as Markdown").Gives(Markdown);
        Serve(routes, "/openapi.json", "openapi.json", "application/json").Summary("This document").GivesBare();
    }

    /// <summary>What the page of <c>/swagger</c> loads; comes out of its package.</summary>
    public static void UseSwaggerFiles(this WebApplication app) => app.UseWhen(
        context => context.GetEndpoint() is null && context.Request.Path.Value is "/swagger/swagger-ui.css" or "/swagger/swagger-ui-bundle.js",
        branch => branch.UseSwaggerUI());

    static Contract Page(Routes routes, string path, string resource)
    {
        var text = Encoding.UTF8.GetString(Load(resource));
        var policy = $"default-src 'none'; script-src 'self'{string.Concat(Script().Matches(text).Select(script => $" 'sha256-{Hash(script.Groups["text"].Value)}'"))}; "
            + "style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
        return Serve(routes, path, resource, "text/html; charset=utf-8", policy).Gives("text/html");
    }

    static string Hash(string script) => Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(script)));

    /// <param name="policy">What a page may load and run; null for what is no page.</param>
    static Contract Serve(Routes routes, string path, string resource, string type, string? policy = null)
    {
        var bytes = Load(resource);
        return routes.Document(path, Access.Public, context =>
        {
            if (policy is not null)
                context.Response.Headers.ContentSecurityPolicy = policy;
            context.Response.ContentType = type;
            context.Response.ContentLength = bytes.Length;
            return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.Body.WriteAsync(bytes, context.RequestAborted).AsTask();
        });
    }

    static byte[] Load(string resource)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"Lnvps.Api.Documents.{resource}")
            ?? throw new InvalidOperationException($"The program lacks its document {resource}");
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    [GeneratedRegex("<script>(?<text>.*?)</script>", RegexOptions.Singleline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Script();
}
