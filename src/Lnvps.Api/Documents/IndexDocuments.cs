using System.Reflection;
using Lnvps.Api.Http;

namespace Lnvps.Api.Documents;

/// <summary>The documentation pages, embedded in the program (customer-api.md section 9.2).</summary>
static class IndexDocuments
{
    public static void Map(Routes routes)
    {
        Serve(routes, "/", "index.html", "text/html; charset=utf-8");
        Serve(routes, "/index.html", "index.html", "text/html; charset=utf-8");
        Serve(routes, "/docs/endpoints.md", "endpoints.md", "text/markdown; charset=utf-8");
        Serve(routes, "/docs/changelog.md", "changelog.md", "text/markdown; charset=utf-8");
    }

    static void Serve(Routes routes, string path, string resource, string type)
    {
        var bytes = Load(resource);
        routes.Document(path, Access.Public, context =>
        {
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
}
