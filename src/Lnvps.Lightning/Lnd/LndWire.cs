using System.Text.Json.Serialization;

namespace Lnvps.Lightning.Lnd;

// The part of LND's REST messages that is used. 64-bit numbers travel as text, bytes as base64.

/// <summary><c>lnrpcInvoice</c> as a request of AddInvoice.</summary>
sealed record NewInvoice
{
    public string? Memo { get; init; }
    public byte[]? DescriptionHash { get; init; }
    public required long ValueMsat { get; init; }
    public required long Expiry { get; init; }
}

/// <summary><c>lnrpcAddInvoiceResponse</c>.</summary>
sealed record AddedInvoice
{
    public byte[]? RHash { get; init; }
    public string? PaymentRequest { get; init; }
}

/// <summary><c>lnrpcInvoice</c> as an answer.</summary>
sealed record NodeInvoice
{
    public byte[]? RHash { get; init; }
    public string? State { get; init; }
    public ulong SettleIndex { get; init; }
    /// <summary>Seconds since 1970; 0 = not settled.</summary>
    public long SettleDate { get; init; }
}

/// <summary><c>invoicesrpcCancelInvoiceMsg</c>.</summary>
sealed record CancelInvoice
{
    public required byte[] PaymentHash { get; init; }
}

/// <summary>One line of a stream: an event, or the error that ends it.</summary>
sealed record StreamLine
{
    public NodeInvoice? Result { get; init; }
    public NodeError? Error { get; init; }
}

/// <summary><c>rpcStatus</c>: a gRPC status code and a text.</summary>
sealed record NodeError
{
    public int Code { get; init; }
    public string? Message { get; init; }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    NumberHandling = JsonNumberHandling.AllowReadingFromString | JsonNumberHandling.WriteAsString)]
[JsonSerializable(typeof(NewInvoice))]
[JsonSerializable(typeof(AddedInvoice))]
[JsonSerializable(typeof(NodeInvoice))]
[JsonSerializable(typeof(CancelInvoice))]
[JsonSerializable(typeof(StreamLine))]
[JsonSerializable(typeof(NodeError))]
sealed partial class LndJson : JsonSerializerContext;
