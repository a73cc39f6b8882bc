using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Lnvps.Core.Time;
using Lnvps.Nostr.HttpAuth;
using Lnvps.Nostr.Keys;

namespace Lnvps.Api.Development;

/// <summary>The shop refused a call of the terminal customer.</summary>
sealed class CallRefused(string message) : Exception(message);

/// <summary>Calls the public HTTP API as any client would: signed per request with the customer's Nostr key, JSON in and out.</summary>
sealed class CustomerClient(HttpClient http, SecretKey key, TimeProvider time)
{
    public Task<JsonNode?> Get(string path, CancellationToken stop) => Send(HttpMethod.Get, path, null, stop);

    public Task<JsonNode?> Post(string path, JsonNode? body, CancellationToken stop) => Send(HttpMethod.Post, path, body, stop);

    public Task<JsonNode?> Patch(string path, JsonNode? body, CancellationToken stop) => Send(HttpMethod.Patch, path, body, stop);

    /// <summary>The <c>data</c> of the answer.</summary>
    /// <exception cref="CallRefused">The answer is an error; the message is the shop's.</exception>
    async Task<JsonNode?> Send(HttpMethod method, string path, JsonNode? body, CancellationToken stop)
    {
        var bytes = body is null ? null : Encoding.UTF8.GetBytes(body.ToJsonString());
        using var request = new HttpRequestMessage(method, path);
        var header = Nip98.Sign(key, method.Method, new Uri(http.BaseAddress!, path).AbsoluteUri, Instant.From(time.GetUtcNow()), bytes);
        request.Headers.TryAddWithoutValidation("Authorization", header);
        if (bytes is not null)
        {
            request.Content = new ByteArrayContent(bytes);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }
        using var response = await http.SendAsync(request, stop);
        var text = await response.Content.ReadAsStringAsync(stop);
        JsonNode? json;
        try
        {
            json = JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            throw new CallRefused($"{method} {path} answered {(int)response.StatusCode} without JSON");
        }
        if (!response.IsSuccessStatusCode)
            throw new CallRefused($"{method} {path}: {(int)response.StatusCode} {json?["error"]}");
        return json?["data"];
    }
}
