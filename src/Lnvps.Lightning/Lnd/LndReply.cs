using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Lnvps.Core.Outcomes;

namespace Lnvps.Lightning.Lnd;

/// <summary>An answer of the node, taken apart.</summary>
sealed record LndReply(HttpStatusCode Status, ReadOnlyMemory<byte> Body, Func<string, string> Clean)
{
    const int NotFoundCode = 5;

    public bool IsSuccess => (int)Status is >= 200 and < 300;

    /// <summary>
    /// Whether the node says that it has no such invoice. Older versions say so only in words, and the gateway's "Not Found" is about the path.
    /// </summary>
    public bool SaysNoSuchInvoice => !IsSuccess && Error() is { Message: { } message } error
        && ((error.Code == NotFoundCode && Status == HttpStatusCode.NotFound && !message.Equals("Not Found", StringComparison.OrdinalIgnoreCase))
            || message.Contains("unable to locate invoice", StringComparison.OrdinalIgnoreCase)
            || message.Contains("there are no existing invoices", StringComparison.OrdinalIgnoreCase));

    /// <summary>The message of a successful answer.</summary>
    /// <exception cref="OutsideFault">The answer is a failure (transient: 408, 429, 5xx), or cannot be read.</exception>
    public T Read<T>(JsonTypeInfo<T> shape) => IsSuccess ? Parse(Body.Span, shape) : throw Fault();

    public static T Parse<T>(ReadOnlySpan<byte> json, JsonTypeInfo<T> shape)
    {
        try
        {
            return JsonSerializer.Deserialize(json, shape) ?? throw OutsideFault.Fatal("LND answered null");
        }
        catch (JsonException error)
        {
            throw OutsideFault.Fatal("LND's answer cannot be read", error);
        }
    }

    /// <summary>The failure this answer is.</summary>
    public OutsideFault Fault()
    {
        var isTransient = Status is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests || (int)Status >= 500;
        return new OutsideFault(isTransient, Error() is { } error ? $"LND answered {(int)Status}: {Clean(error.Message ?? "")} (code {error.Code})"
            : $"LND answered {(int)Status}");
    }

    /// <summary>What the node says is wrong; null when it says nothing of its own.</summary>
    public NodeError? Error()
    {
        try
        {
            return JsonSerializer.Deserialize(Body.Span, LndJson.Default.NodeError);
        }
        catch (JsonException)
        {
            return null; // a proxy's page, for example: the status alone counts
        }
    }
}
