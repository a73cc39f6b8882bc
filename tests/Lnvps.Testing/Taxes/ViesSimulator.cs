using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Lnvps.Testing.Http;
using Microsoft.AspNetCore.Http;

namespace Lnvps.Testing.Taxes;

/// <summary>How the register misbehaves.</summary>
public enum ViesFault
{
    /// <summary>200 with <c>actionSucceed: false</c> and error wrappers: a member state's register is down.</summary>
    Wrapped,
    /// <summary>200 with <c>valid: false</c> and a <c>userError</c> that is no verdict.</summary>
    UserError,
    /// <summary>200 with an object without <c>valid</c>.</summary>
    NoVerdict,
    /// <summary>500 with an HTML page.</summary>
    ServerError,
    /// <summary>200 with something that is no JSON.</summary>
    Garbage,
    /// <summary>200 with megabytes.</summary>
    Endless,
    /// <summary>No answer until the client gives up.</summary>
    Silence,
    /// <summary>The connection breaks.</summary>
    Abort,
}

/// <summary>The EU's register of VAT numbers as its REST interface answers, faults included.</summary>
public sealed class ViesSimulator : IAsyncDisposable
{
    readonly ConcurrentQueue<string> _asked = [];
    LoopbackServer _server = null!;

    ViesSimulator()
    {
    }

    public static async Task<ViesSimulator> Start()
    {
        var simulator = new ViesSimulator();
        simulator._server = await LoopbackServer.Start(simulator.Answer);
        return simulator;
    }

    public Uri Url => new(_server.Address, "/taxation_customs/vies/rest-api/check-vat-number");

    /// <summary>Numbers that are registered, with their two letters.</summary>
    public ConcurrentDictionary<string, string> Registered { get; } = [];

    /// <summary>Every number that was asked for, oldest first.</summary>
    public IReadOnlyList<string> Asked => [.. _asked];

    public ViesFault? Fault { get; set; }

    async Task Answer(HttpContext context)
    {
        if (context.Request.Method != "POST" || context.Request.Path != "/taxation_customs/vies/rest-api/check-vat-number" || !context.Request.HasJsonContentType())
        {
            await LoopbackServer.Json(context, 404, "{}");
            return;
        }
        var body = (await JsonNode.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted))!;
        var (country, digits) = (body["countryCode"]!.GetValue<string>(), body["vatNumber"]!.GetValue<string>());
        _asked.Enqueue(country + digits);
        switch (Fault)
        {
            case null:
                await LoopbackServer.Json(context, 200, Verdict(country, digits).ToJsonString());
                break;
            case ViesFault.Wrapped:
                await LoopbackServer.Json(context, 200, """{"actionSucceed":false,"errorWrappers":[{"error":"MS_UNAVAILABLE"}]}""");
                break;
            case ViesFault.UserError:
                await LoopbackServer.Json(context, 200, """{"valid":false,"userError":"MS_MAX_CONCURRENT_REQ","name":"---","address":"---"}""");
                break;
            case ViesFault.NoVerdict:
                await LoopbackServer.Json(context, 200, """{"name":"ACME"}""");
                break;
            case ViesFault.ServerError:
                context.Response.StatusCode = 500;
                await context.Response.WriteAsync("<html>Service Unavailable</html>");
                break;
            case ViesFault.Garbage:
                await LoopbackServer.Json(context, 200, "{\"valid\":tr");
                break;
            case ViesFault.Endless:
                for (var i = 0; i < 4096; i++)
                    await context.Response.WriteAsync(new string(' ', 1024), context.RequestAborted);
                break;
            case ViesFault.Silence:
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                break;
            case ViesFault.Abort:
                context.Abort();
                break;
        }
    }

    JsonObject Verdict(string country, string digits)
    {
        var isValid = Registered.TryGetValue(country + digits, out var name);
        return new JsonObject
        {
            ["isValid"] = isValid,
            ["valid"] = isValid,
            ["requestDate"] = "2026-02-19T10:00:00.000Z",
            ["userError"] = isValid ? "VALID" : "INVALID",
            ["name"] = isValid ? name : "---",
            ["address"] = isValid ? "1 Main Street\nDublin" : "---",
            ["requestIdentifier"] = "",
            ["originalVatNumber"] = digits,
            ["vatNumber"] = digits,
            ["viesApproximate"] = new JsonObject { ["name"] = "---" },
        };
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();
}
