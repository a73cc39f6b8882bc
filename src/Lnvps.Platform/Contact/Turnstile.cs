using System.Text.Json;
using System.Text.Json.Nodes;
using Lnvps.Core.Outcomes;
using Lnvps.Hosting.Http;
using Lnvps.Platform.Configuration;
using Microsoft.Extensions.Logging;

namespace Lnvps.Platform.Contact;

/// <summary>Asks Cloudflare Turnstile whether a captcha was solved.</summary>
public sealed partial class Turnstile(HttpClient http, CaptchaSettings settings, TimeProvider time, ILogger<Turnstile> log)
{
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
        using var answer = await http.Ask(settings.Url, new JsonObject { ["secret"] = settings.SecretKey, ["response"] = token }, stop);
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
