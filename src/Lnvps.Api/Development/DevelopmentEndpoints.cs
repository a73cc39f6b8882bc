using System.Globalization;
using Lnvps.Api.Http;
using Lnvps.Core.Identity;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Time;
using Lnvps.Lightning.Development;
using Lnvps.Platform;
using Lnvps.Platform.Development;

namespace Lnvps.Api.Development;

/// <summary>Body of POST lightning/pay.</summary>
sealed record PayInvoice(string Invoice);

/// <summary>A paid invoice.</summary>
sealed record PaidView(string PaymentHash, string Preimage, ulong AmountMsat, bool WasPaidBefore);

/// <summary>Body of POST clock: how far, such as <c>31d</c>, <c>12h</c>, <c>90m</c> or <c>30s</c>.</summary>
sealed record AdvanceRequest(string Advance);

sealed record ClockView(Instant Now);

/// <summary>
/// Paying with play money, moving the business clock and removing a machine, for development on this machine only: they exist only with the
/// development node, which is refused on any address but loopback.
/// </summary>
sealed class DevelopmentEndpoints(DevelopmentNode node, ClockTravel travel, RemoveVm remove)
{
    const int LongestJumpDays = 3660;

    public void Map(Routes routes)
    {
        routes.Post("/api/dev/v1/lightning/pay", Access.Public, ApiJson.Wire.PaidView, Pay).Summary("Pay with play money").Body(ApiJson.Wire.PayInvoice);
        routes.Post("/api/dev/v1/clock", Access.Public, ApiJson.Wire.ClockView, Advance).Summary("Move the clock").Body(ApiJson.Wire.AdvanceRequest);
        routes.Post("/api/dev/v1/vm/{id}/delete", Access.Public, ApiJson.Wire.ClockView, Delete).Summary("Remove a machine");
    }

    async Task<Result<PaidView>> Pay(Call call)
    {
        var body = await call.Body(ApiJson.Wire.PayInvoice);
        var paid = await node.Pay(body.Invoice, call.Stop);
        return paid.Then(result => new PaidView(result.PaymentHash.ToString(), result.Preimage.ToString(), result.Amount.Value, result.WasPaidBefore));
    }

    async Task<Result<ClockView>> Advance(Call call)
    {
        var body = await call.Body(ApiJson.Wire.AdvanceRequest);
        return TryReadSpan(body.Advance) is { } span
            ? (await travel.Advance(span, call.Stop)).Then(now => new ClockView(now))
            : Refusal.Invalid($"advance must be a number with d, h, m or s, at most {LongestJumpDays}d");
    }

    async Task<Result<ClockView>> Delete(Call call) =>
        await remove.Ask(new VmId(call.PathId("id")), call.Stop) is { } refusal ? refusal : new ClockView(travel.Now);

    internal static TimeSpan? TryReadSpan(string text)
    {
        if (text.Length is < 2 or > 12 || !int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var count))
            return null;
        var seconds = text[^1] switch { 'd' => 86_400L, 'h' => 3_600L, 'm' => 60L, 's' => 1L, _ => 0L } * count;
        return seconds is > 0 and <= LongestJumpDays * 86_400L ? TimeSpan.FromSeconds(seconds) : null;
    }
}
