using System.Text.Json;
using Lnvps.Core.Payments;
using Microsoft.Extensions.Logging;

namespace Lnvps.Platform.Payments.Revolut;

/// <summary>What became of a message.</summary>
public enum MessageOutcome
{
    /// <summary>Signature or time is missing or wrong.</summary>
    Refused,

    /// <summary>Processed, known already, or nothing to do.</summary>
    Taken,
}

/// <summary>
/// Messages from Revolut (billing.md section 14). What they say is committed before <see cref="Take"/> returns; when it throws, Revolut must deliver again.
/// </summary>
public sealed partial class RevolutMessages(Shop shop, RevolutAccounts accounts, RevolutSettlement settlement, ILogger<RevolutMessages> log)
{
    /// <summary>Whether messages can arrive at all; disabled accounts count, since open orders settle through them.</summary>
    public async Task<bool> AreExpected(CancellationToken stop) =>
        (await shop.Db.Read(session => accounts.All(session, stop), stop)).Count > 0;

    /// <param name="signature">Header <c>Revolut-Signature</c>; empty when missing.</param>
    /// <param name="sent">Header <c>Revolut-Request-Timestamp</c>; empty when missing.</param>
    /// <exception cref="Core.Outcomes.OutsideFault">Revolut could not be asked now.</exception>
    public async Task<MessageOutcome> Take(string signature, string sent, ReadOnlyMemory<byte> body, CancellationToken stop)
    {
        // The real clock: whoever moves the business clock must not open the window.
        if (signature.Length == 0 || !WebhookSignature.IsFresh(sent, shop.Time.GetUtcNow()))
            return MessageOutcome.Refused;
        var known = await shop.Db.Read(session => accounts.All(session, stop), stop);
        var sender = known.FirstOrDefault(account => account.WebhookSecret is { } secret && WebhookSignature.Matches(secret, signature, sent, body.Span));
        if (sender is null)
        {
            LogWrongSignature(log);
            return MessageOutcome.Refused;
        }
        var (name, order) = Read(body);
        if (order.Length == 0)
        {
            LogNotUnderstood(log);
            return MessageOutcome.Taken;
        }
        switch (name)
        {
            case "ORDER_COMPLETED":
                await settlement.Completed(sender, order, stop);
                break;
            case "ORDER_CANCELLED":
                await settlement.Cancelled(order, stop);
                break;
            case "ORDER_AUTHORISED":
                LogAuthorised(log);
                break;
            default:
                LogNotUnderstood(log);
                break;
        }
        return MessageOutcome.Taken;
    }

    /// <summary>Event and order id; empty where the body says none. An id that no column could hold is none of ours.</summary>
    static (string Name, string Order) Read(ReadOnlyMemory<byte> body)
    {
        const int LongestId = 255;
        try
        {
            using var message = JsonDocument.Parse(body);
            return message.RootElement.ValueKind == JsonValueKind.Object && Text(message.RootElement, "order_id") is { Length: <= LongestId } order
                ? (Text(message.RootElement, "event"), order)
                : ("", "");
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // Broken surrogates surface as InvalidOperationException.
            return ("", "");
        }
    }

    static string Text(JsonElement from, string key) => from.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";

    [LoggerMessage(Level = LogLevel.Warning, Message = "A message to the Revolut webhook has no right signature")]
    static partial void LogWrongSignature(ILogger logger);

    [LoggerMessage(Level = LogLevel.Information, Message = "A message from Revolut means nothing to us")]
    static partial void LogNotUnderstood(ILogger logger);

    [LoggerMessage(Level = LogLevel.Information, Message = "Revolut has authorised an order")]
    static partial void LogAuthorised(ILogger logger);
}
