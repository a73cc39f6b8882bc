using System.Text.Json;
using System.Text.Json.Nodes;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Taxes;
using Lnvps.Hosting.Http;
using Microsoft.Extensions.Logging;

namespace Lnvps.Platform.Taxes;

/// <summary>Asks the EU's register (VIES) whether a VAT number is valid (billing.md section 6.3).</summary>
public sealed partial class VatRegister(HttpClient http, Uri url, TimeProvider time, ILogger<VatRegister> log)
{
    /// <summary>Longer nobody who saves an account waits.</summary>
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Null when the number is valid. 400 "Invalid tax ID" when it is none or the register says so; 400 "Failed to validate tax ID: …" when the register could
    /// not be asked, which is never taken for a verdict.
    /// </summary>
    public async Task<Refusal?> Check(string taxId, CancellationToken stop)
    {
        if (!VatNumber.TryParse(taxId, out var number))
            return Invalid;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        using var patience = new CancellationTokenSource(Patience, time);
        await using var link = patience.Token.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), limit);
        try
        {
            return await Ask(number, limit.Token) ? null : Invalid;
        }
        catch (Exception error) when (error is HttpRequestException or IOException or JsonException or OutsideFault or OperationCanceledException && !stop.IsCancellationRequested)
        {
            LogFailed(log, error);
            return Refusal.Because(ErrorCode.TaxIdNotChecked, "Failed to validate tax ID: the register cannot be asked at the moment, please try again later");
        }
    }

    static Refusal Invalid => Refusal.Because(ErrorCode.InvalidTaxId, "Invalid tax ID");

    async Task<bool> Ask(VatNumber number, CancellationToken stop)
    {
        using var answer = await http.Ask(url, new JsonObject { ["countryCode"] = number.Prefix, ["vatNumber"] = number.Digits }, stop);
        return Verdict(answer.RootElement) ?? throw OutsideFault.Transient("The VAT register answered without a verdict");
    }

    /// <summary>Null unless the answer is a verdict: it has <c>valid</c>, no error wrappers, and no <c>userError</c> other than a verdict.</summary>
    internal static bool? Verdict(JsonElement answer)
    {
        if (answer.ValueKind != JsonValueKind.Object || answer.TryGetProperty("errorWrappers", out _) || !answer.TryGetProperty("valid", out var valid))
            return null;
        if (answer.TryGetProperty("userError", out var problem) && problem.ValueKind == JsonValueKind.String && problem.GetString() is not ("VALID" or "INVALID" or ""))
            return null;
        return valid.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => null,
        };
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "A VAT number could not be checked")]
    static partial void LogFailed(ILogger logger, Exception error);
}
