using System.Text.Json.Serialization;

namespace Lnvps.Lightning.Lnd;

// The part of LND's router messages that is used, as in LndWire.

/// <summary><c>routerrpcSendPaymentRequest</c>.</summary>
sealed record SendPayment
{
    public required string PaymentRequest { get; init; }
    [JsonNumberHandling(JsonNumberHandling.Strict)] public required int TimeoutSeconds { get; init; }
    public required long FeeLimitMsat { get; init; }
    public required bool NoInflightUpdates { get; init; }
}

/// <summary><c>lnrpcPayment</c>.</summary>
sealed record NodePayment
{
    public string? PaymentHash { get; init; }
    public string? PaymentPreimage { get; init; }
    public string? Status { get; init; }
    public string? FailureReason { get; init; }
}

/// <summary>One line of the stream of a payment.</summary>
sealed record PaymentLine
{
    public NodePayment? Result { get; init; }
    public NodeError? Error { get; init; }
}

/// <summary><c>lnrpcGetInfoResponse</c>.</summary>
sealed record NodeInfo
{
    public List<NodeChain>? Chains { get; init; }
}

/// <summary><c>lnrpcChain</c>.</summary>
sealed record NodeChain
{
    public string? Network { get; init; }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    NumberHandling = JsonNumberHandling.AllowReadingFromString | JsonNumberHandling.WriteAsString)]
[JsonSerializable(typeof(SendPayment))]
[JsonSerializable(typeof(PaymentLine))]
[JsonSerializable(typeof(NodeInfo))]
sealed partial class LndPayJson : JsonSerializerContext;
