using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Lnvps.Core.Money;
using Lnvps.Core.Outcomes;

namespace Lnvps.Platform.Payments.Revolut;

/// <summary>A webhook as the merchant API lists it.</summary>
public sealed record RevolutWebhook(string Id, string Url);

/// <summary>
/// Calls of the merchant API (billing.md section 14). Every failure is an <see cref="OutsideFault"/>: passing for network, time-out, 408, 429 and 5xx, final
/// for the rest. Neither token nor bodies get into messages.
/// </summary>
public sealed class RevolutClient(HttpClient http)
{
    const int MaxBytes = 1024 * 1024;

    /// <summary>Makes an order; one that has no checkout token is a fault.</summary>
    /// <param name="total">Above zero, in a fiat currency.</param>
    public async Task<RevolutOrder> CreateOrder(RevolutAccount account, Money total, string description, CancellationToken stop)
    {
        var body = new JsonObject { ["amount"] = IsoAmount.Of(total), ["currency"] = total.Currency.Code(), ["description"] = description };
        var answer = await Call(account, HttpMethod.Post, "/api/orders", body, stop) ?? throw Unknown("order");
        return RevolutOrder.Read(answer) is { Token: not null } order ? order : throw OutsideFault.Fatal("Revolut's new order is not understood");
    }

    /// <summary>Null when the account knows no such order.</summary>
    public async Task<RevolutOrder?> FindOrder(RevolutAccount account, string id, CancellationToken stop)
    {
        var answer = await Call(account, HttpMethod.Get, $"/api/orders/{Uri.EscapeDataString(id)}", body: null, stop);
        return answer is null ? null : RevolutOrder.Read(answer) ?? throw OutsideFault.Fatal("Revolut's order is not understood");
    }

    /// <summary>False when the account knows no such order. One that is over already is a final fault.</summary>
    public async Task<bool> CancelOrder(RevolutAccount account, string id, CancellationToken stop) =>
        await Call(account, HttpMethod.Post, $"/api/orders/{Uri.EscapeDataString(id)}/cancel", body: null, stop) is not null;

    public async Task<IReadOnlyList<RevolutWebhook>> ListWebhooks(RevolutAccount account, CancellationToken stop)
    {
        var answer = await Call(account, HttpMethod.Get, "/api/1.0/webhooks", body: null, stop) ?? throw Unknown("list of webhooks");
        return Parse(answer) is JsonArray list
            ? [.. list.OfType<JsonObject>().Select(hook => new RevolutWebhook(Text(hook, "id"), Text(hook, "url"))).Where(hook => hook.Id.Length > 0)]
            : throw OutsideFault.Fatal("Revolut's list of webhooks is not understood");
    }

    /// <summary>Registers an address; returns the webhook's id and the secret that signs its messages.</summary>
    public async Task<(string Id, string Secret)> CreateWebhook(RevolutAccount account, Uri address, IEnumerable<string> events, CancellationToken stop)
    {
        var body = new JsonObject { ["url"] = address.AbsoluteUri, ["events"] = new JsonArray([.. events.Select(name => (JsonNode)name)]) };
        var answer = await Call(account, HttpMethod.Post, "/api/1.0/webhooks", body, stop) ?? throw Unknown("webhook");
        return Parse(answer) is JsonObject hook && Text(hook, "signing_secret") is { Length: > 0 } secret
            ? (Text(hook, "id"), secret)
            : throw OutsideFault.Fatal("Revolut's new webhook is not understood");
    }

    /// <summary>One that is gone is no fault.</summary>
    public Task DeleteWebhook(RevolutAccount account, string id, CancellationToken stop) =>
        Call(account, HttpMethod.Delete, $"/api/1.0/webhooks/{Uri.EscapeDataString(id)}", body: null, stop);

    /// <summary>The body of a success; null for 404.</summary>
    async Task<byte[]?> Call(RevolutAccount account, HttpMethod method, string path, JsonObject? body, CancellationToken stop)
    {
        using var request = new HttpRequestMessage(method, new Uri(account.Url, path));
        // Written without validation: a token with a stray character is refused by Revolut, and appears in no message of ours.
        request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {account.Token}");
        request.Headers.TryAddWithoutValidation("Revolut-Api-Version", account.ApiVersion);
        if (body is not null)
            request.Content = JsonContent.Create<JsonNode>(body, new MediaTypeHeaderValue("application/json", "utf-8"));
        try
        {
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stop);
            if (response.StatusCode == HttpStatusCode.NotFound)
                return null;
            if (!response.IsSuccessStatusCode)
                throw Refused(method, path, response.StatusCode);
            await response.Content.LoadIntoBufferAsync(MaxBytes, stop);
            return await response.Content.ReadAsByteArrayAsync(stop);
        }
        catch (Exception error) when (error is HttpRequestException or IOException or OperationCanceledException && !stop.IsCancellationRequested)
        {
            throw OutsideFault.Transient($"Revolut cannot be reached: {method} {path}", error);
        }
    }

    static OutsideFault Refused(HttpMethod method, string path, HttpStatusCode status)
    {
        var isTransient = status is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests || (int)status >= 500;
        return new OutsideFault(isTransient, $"Revolut answered {(int)status} to {method} {path}");
    }

    static OutsideFault Unknown(string what) => OutsideFault.Fatal($"Revolut knows no such {what}");

    static JsonNode? Parse(byte[] json)
    {
        try
        {
            return JsonNode.Parse(json);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    static string Text(JsonObject from, string key) => from[key] is JsonValue value && value.TryGetValue<string>(out var text) ? text : "";
}
