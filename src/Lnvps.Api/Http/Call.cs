using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.Unicode;
using Lnvps.Api.Http.Contracts;
using Lnvps.Core.Identity;
using Lnvps.Core.Outcomes;
using Microsoft.AspNetCore.Http.Features;

namespace Lnvps.Api.Http;

/// <summary>One request as a use case sees it: who calls, path and query values, the body. Wrong input becomes a <see cref="RequestFault"/>.</summary>
readonly struct Call(HttpContext context)
{
    public HttpContext Context { get; } = context;

    /// <summary>Cancelled when the client goes away or the program stops.</summary>
    public CancellationToken Stop => Context.RequestAborted;

    /// <summary>The authenticated customer; only on endpoints that demand one.</summary>
    public UserId Caller => Context.Features.GetRequiredFeature<Accounts.CallerFeature>().User;

    /// <summary>An id in the path: unsigned 64-bit decimal, else 400. One beyond the column's range names nothing: 404.</summary>
    public uint PathId(string name)
    {
        var text = (string?)Context.Request.RouteValues[name];
        if (!ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id))
            throw new RequestFault(ErrorCode.InvalidParameter, $"'{name}' in the path must be a number");
        return id <= uint.MaxValue ? (uint)id : throw new RequestFault(ErrorCode.NotFound, "Not found");
    }

    public string PathText(string name) => (string?)Context.Request.RouteValues[name] ?? "";

    /// <summary>A text of the query; null when absent.</summary>
    public string? Query(string name)
    {
        Contract.CheckQuery(name);
        return Context.Request.Query.TryGetValue(name, out var values) ? values[0] : null;
    }

    /// <summary>An unsigned integer of the query; null when absent, 400 when it is anything else (also empty).</summary>
    public long? QueryInteger(string name)
    {
        if (Query(name) is not { } text)
            return null;
        return ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            ? (long)Math.Min(value, long.MaxValue)
            : throw new RequestFault(ErrorCode.InvalidParameter, $"'{name}' must be an unsigned integer");
    }

    /// <summary>The JSON body: 415 without a JSON content type, 400 when it is not JSON, 422 when it does not fit.</summary>
    public async Task<T> Body<T>(JsonTypeInfo<T> type) where T : class
    {
        Contract.CheckBody(typeof(T));
        RequireJson();
        return await Read(type) ?? throw new RequestFault(ErrorCode.MalformedJson, "A JSON body is required");
    }

    /// <summary>As <see cref="Body{T}"/>, but null when there is no body, whatever the content type says.</summary>
    public async Task<T?> OptionalBody<T>(JsonTypeInfo<T> type) where T : class
    {
        Contract.CheckBody(typeof(T));
        if (Context.Request.ContentLength == 0 || Context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody == false)
            return null;
        RequireJson();
        return await Read(type);
    }

    Contract Contract => Context.GetEndpoint()!.Metadata.GetRequiredMetadata<Contract>();

    void RequireJson()
    {
        if (!Context.Request.HasJsonContentType())
            throw new RequestFault(ErrorCode.NotJson, "The body must be JSON with Content-Type: application/json");
    }

    async Task<T?> Read<T>(JsonTypeInfo<T> type) where T : class
    {
        JsonDocument document;
        try
        {
            using var buffer = new MemoryStream();
            await Context.Request.Body.CopyToAsync(buffer, Stop);
            if (buffer.Length == 0)
                return null;
            var bytes = buffer.GetBuffer().AsMemory(0, (int)buffer.Length);
            // The reader looks at the letters of a text only when somebody asks for it.
            if (!Utf8.IsValid(bytes.Span))
                throw new RequestFault(ErrorCode.MalformedJson, "The body is not valid UTF-8");
            document = JsonDocument.Parse(bytes, new JsonDocumentOptions { MaxDepth = 32 });
        }
        catch (JsonException)
        {
            throw new RequestFault(ErrorCode.MalformedJson, "The body is not valid JSON");
        }
        using (document)
        {
            try
            {
                return document.Deserialize(type) ?? throw new RequestFault(ErrorCode.DoesNotFit, "The body must be a JSON object");
            }
            catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException)
            {
                // Invalid surrogates in a string surface as InvalidOperationException.
                throw new RequestFault(ErrorCode.DoesNotFit, error is JsonException { Path: { Length: > 2 } path } ? $"The body does not fit at {Shorten(path)}" : "The body does not fit");
            }
        }
    }

    // The path may repeat a property name that the client chose.
    static string Shorten(string path) => path.Length <= 64 ? path : path[..64];
}

/// <summary>The request itself is wrong; answered with the code's status and the message.</summary>
sealed class RequestFault(ErrorCode code, string message) : Exception(message)
{
    public ErrorCode Code { get; } = code;
}
