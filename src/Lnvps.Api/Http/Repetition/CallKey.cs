using System.Security.Cryptography;
using System.Text;
using Lnvps.Core.Identity;
using Lnvps.Core.Outcomes;
using Microsoft.AspNetCore.Http.Features;

namespace Lnvps.Api.Http.Repetition;

/// <summary>What a request with an Idempotency-Key (draft-ietf-httpapi-idempotency-key-header) is known by.</summary>
/// <param name="Key">Hash of the header's text.</param>
/// <param name="Request">Hash of method, target and body: the same key stands for the same request only.</param>
readonly record struct CallKey(Bytes32 Key, Bytes32 Request)
{
    public const string Header = "Idempotency-Key";

    const int Longest = 255;

    /// <summary>Null without the header.</summary>
    /// <exception cref="RequestFault">400: the header is empty, too long, not printable ASCII, or there are several.</exception>
    public static async ValueTask<CallKey?> Of(HttpContext context)
    {
        if (!context.Request.Headers.TryGetValue(Header, out var values))
            return null;
        var text = values.Count == 1 ? Unquote(values.ToString().Trim()) : "";
        if (text.Length is 0 or > Longest || text.AsSpan().ContainsAnyExceptInRange(' ', '~'))
            throw new RequestFault(ErrorCode.InvalidIdempotencyKey, $"{Header} must be 1 to {Longest} printable ASCII characters");
        return new CallKey(new Bytes32(SHA256.HashData(Encoding.ASCII.GetBytes(text))), await HashRequest(context));
    }

    // The draft makes it a quoted string; most clients send it bare.
    static string Unquote(string text) => text.Length >= 2 && text[0] == '"' && text[^1] == '"' ? text[1..^1] : text;

    static async Task<Bytes32> HashRequest(HttpContext context)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        hash.AppendData(Encoding.UTF8.GetBytes($"{context.Request.Method} {target}\n"));
        context.Request.EnableBuffering();
        var piece = new byte[16 * 1024];
        while (await context.Request.Body.ReadAsync(piece, context.RequestAborted) is > 0 and var count)
            hash.AppendData(piece.AsSpan(0, count));
        context.Request.Body.Position = 0;
        return new Bytes32(hash.GetHashAndReset());
    }
}
