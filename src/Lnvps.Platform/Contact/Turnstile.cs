using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Lnvps.Core.Outcomes;
using Lnvps.Platform.Configuration;
using Microsoft.Extensions.Logging;

namespace Lnvps.Platform.Contact;

/// <summary>Asks Cloudflare Turnstile whether a captcha was solved.</summary>
public sealed partial class Turnstile(HttpClient http, CaptchaSettings settings, TimeProvider time, ILogger<Turnstile> log)
{
    const int MaxBytes = 64 * 1024;

    /// <summary>Clients give up after five seconds.</summary>
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);

    /// <summary>Null when it was solved; 400 when not, 500 when the service cannot be asked.</summary>
    public async Task<Refusal?> Check(string token, CancellationToken stop)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop, patience.Token);
        try
        {
            return await Ask(token, limit.Token) ? null : Refusal.Because(ErrorCode.CaptchaFailed, "The captcha was not solved, please try again");
        }
        catch (Exception error) when (error is HttpRequestException or IOException or JsonException or OutsideFault || (error is OperationCanceledException && !stop.IsCancellationRequested))
        {
            LogFailed(log, error);
            return Refusal.Failed("The captcha cannot be checked at the moment, please try again later");
        }
    }

    async Task<bool> Ask(string token, CancellationToken stop)
    {
        using var question = new HttpRequestMessage(HttpMethod.Post, settings.Url)
        {
            // A JsonNode, because it is written without reflection.
            Content = JsonContent.Create<JsonNode>(new JsonObject { ["secret"] = settings.SecretKey, ["response"] = token }),
        };
        using var response = await http.SendAsync(question, HttpCompletionOption.ResponseHeadersRead, stop);
        response.EnsureSuccessStatusCode();
        await response.Content.LoadIntoBufferAsync(MaxBytes, stop);
        using var answer = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync(stop));
        return answer.RootElement is { ValueKind: JsonValueKind.Object } root && root.TryGetProperty("success", out var success)
            ? success.ValueKind switch
            {
                JsonValueKind.True => true,
                JsonValueKind.False => false,
                _ => throw OutsideFault.Transient("The captcha service answered without a verdict"),
            }
            : throw OutsideFault.Transient("The captcha service answered without a verdict");
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "A captcha could not be checked")]
    static partial void LogFailed(ILogger logger, Exception error);
}
