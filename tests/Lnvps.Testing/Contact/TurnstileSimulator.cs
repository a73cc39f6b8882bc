using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Lnvps.Testing.Http;
using Microsoft.AspNetCore.Http;

namespace Lnvps.Testing.Contact;

/// <summary>Cloudflare's captcha service as far as it verifies answers: each token is good once, for the right secret.</summary>
public sealed class TurnstileSimulator : IAsyncDisposable
{
    public const string SecretKey = "1x0000000000000000000000000000000AA";

    readonly ConcurrentDictionary<string, bool> _used = [];
    LoopbackServer _server = null!;

    TurnstileSimulator()
    {
    }

    public static async Task<TurnstileSimulator> Start()
    {
        var simulator = new TurnstileSimulator();
        simulator._server = await LoopbackServer.Start(simulator.Answer);
        return simulator;
    }

    public Uri Url => new(_server.Address, "/turnstile/v0/siteverify");

    /// <summary>Tokens that visitors really got.</summary>
    public ConcurrentDictionary<string, bool> Solved { get; } = [];

    /// <summary>Answers this status and text instead.</summary>
    public (int Status, string Body)? Fault { get; set; }

    async Task Answer(HttpContext context)
    {
        if (Fault is var (status, body))
        {
            await LoopbackServer.Json(context, status, body);
            return;
        }
        var asked = await JsonNode.ParseAsync(context.Request.Body);
        var token = asked?["response"]?.ToString() ?? "";
        var codes = new JsonArray();
        if (asked?["secret"]?.ToString() != SecretKey)
            codes.Add("invalid-input-secret");
        else if (!Solved.ContainsKey(token))
            codes.Add("invalid-input-response");
        else if (!_used.TryAdd(token, true))
            codes.Add("timeout-or-duplicate");
        await LoopbackServer.Json(context, 200, new JsonObject { ["success"] = codes.Count == 0, ["error-codes"] = codes }.ToJsonString());
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();
}
