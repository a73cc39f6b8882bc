using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Lnvps.Core.Outcomes;

namespace Lnvps.Hosting.Http;

/// <summary>Calls of services whose answers are small: whatever they send, no more than a limit is read.</summary>
public static class SmallAnswers
{
    const int MaxBytes = 64 * 1024;

    /// <summary>Fetches a published document.</summary>
    /// <param name="what">Its name in the text of a failure.</param>
    /// <exception cref="OutsideFault">Transient: not to be had, or longer than <paramref name="maxBytes"/>.</exception>
    public static async Task<byte[]> Fetch(this HttpClient http, Uri url, string what, int maxBytes, CancellationToken stop)
    {
        try
        {
            using var response = await http.GetAsync(url, HttpCompletionOption.ResponseHeadersRead, stop);
            return await Read(response, maxBytes, stop);
        }
        catch (Exception error) when (error is HttpRequestException or IOException or OperationCanceledException && !stop.IsCancellationRequested)
        {
            throw OutsideFault.Transient($"{what} cannot be read", error);
        }
    }

    /// <summary>Puts a question in JSON and reads the answer. The caller disposes it.</summary>
    /// <exception cref="HttpRequestException">Not answered, answered with an error, or with more than 64 KiB.</exception>
    /// <exception cref="JsonException">The answer is no JSON.</exception>
    public static async Task<JsonDocument> Ask(this HttpClient http, Uri url, JsonObject question, CancellationToken stop)
    {
        using var message = new HttpRequestMessage(HttpMethod.Post, url)
        {
            // A JsonNode, because it is written without reflection.
            Content = JsonContent.Create<JsonNode>(question),
        };
        using var response = await http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, stop);
        return JsonDocument.Parse(await Read(response, MaxBytes, stop));
    }

    static async Task<byte[]> Read(HttpResponseMessage response, int maxBytes, CancellationToken stop)
    {
        response.EnsureSuccessStatusCode();
        await response.Content.LoadIntoBufferAsync(maxBytes, stop);
        return await response.Content.ReadAsByteArrayAsync(stop);
    }
}
