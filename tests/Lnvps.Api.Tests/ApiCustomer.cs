using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Lnvps.Api.Tests.Documents;
using Lnvps.Core.Time;
using Lnvps.Nostr.HttpAuth;
using Lnvps.Nostr.Keys;

namespace Lnvps.Api.Tests;

/// <summary>An answer: status and JSON.</summary>
public sealed record Answer(HttpStatusCode Status, JsonNode? Json, HttpResponseHeaders Headers)
{
    public JsonNode Data => Status == HttpStatusCode.OK ? Json!["data"]! : throw new InvalidOperationException($"{(int)Status}: {Json}");

    public string Error => Json!["error"]!.GetValue<string>();

    public string Code => Json!["code"]!.GetValue<string>();

    /// <summary>A header of the answer; null when it has none of that name.</summary>
    public string? Header(string name) => Headers.TryGetValues(name, out var values) ? values.Single() : null;
}

/// <summary>A customer with a Nostr key, calling over real HTTP. What is answered otherwise than the OpenAPI document says fails the test.</summary>
public sealed class ApiCustomer : IDisposable
{
    // A key that ssh-keygen made for these tests.
    public const string SshKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIG8REeNqLwJxRwDwIVBPf81Uc6BqEssw3xRDVqDzrmWV test@example";

    long _sequence;

    public ApiCustomer(Uri shop, SecretKey? key = null)
    {
        Http = new HttpClient(new SocketsHttpHandler()) { BaseAddress = shop, Timeout = TimeSpan.FromSeconds(60) };
        Key = key ?? SecretKey.Generate();
    }

    public HttpClient Http { get; }

    public SecretKey Key { get; }

    public Task<Answer> Get(string path) => Send(HttpMethod.Get, path, null);

    public Task<Answer> Post(string path, JsonNode? body) => Send(HttpMethod.Post, path, body);

    public Task<Answer> Patch(string path, JsonNode? body = null) => Send(HttpMethod.Patch, path, body);

    public async Task<Answer> Send(HttpMethod method, string path, JsonNode? body, string? authorization = null, bool sign = true, string? key = null)
    {
        using var request = new HttpRequestMessage(method, path);
        if (sign)
            request.Headers.TryAddWithoutValidation("Authorization", authorization ?? Sign(method, path));
        if (key is not null)
            request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        if (body is not null)
            request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        using var response = await Http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        var answer = new Answer(response.StatusCode, text.Length == 0 ? null : JsonNode.Parse(text), response.Headers);
        var faults = OpenApiDocument.Faults(method.Method, path, body, (int)answer.Status, answer.Json, answer.Header("X-Action-Id") is not null);
        return faults.Count == 0 ? answer : throw new InvalidOperationException($"The OpenAPI document says otherwise:\n{string.Join('\n', faults)}");
    }

    /// <summary>A page that is no JSON, without signing the call.</summary>
    public async Task<string> GetText(string path)
    {
        using var response = await Http.GetAsync(new Uri(path, UriKind.Relative));
        var text = await response.Content.ReadAsStringAsync();
        return response.IsSuccessStatusCode ? text : throw new InvalidOperationException($"{(int)response.StatusCode}: {text}");
    }

    /// <summary>A fresh event per call: equal calls within a second would carry one id, and some calls use it up.</summary>
    public string Sign(HttpMethod method, string path, long? createdAt = null)
    {
        var url = new Uri(Http.BaseAddress!, $"{path}{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}call={Interlocked.Increment(ref _sequence)}");
        var now = createdAt is { } at ? new Instant(at) : Instant.From(TimeProvider.System.GetUtcNow());
        return Nip98.Sign(Key, method.Method, url.AbsoluteUri, now);
    }

    public async Task<uint> AddSshKey() =>
        (await Post("/api/v1/ssh-key", new JsonObject { ["name"] = "laptop", ["key_data"] = SshKey })).Data["id"]!.GetValue<uint>();

    /// <summary>Orders the first offer; returns the VM's id.</summary>
    public async Task<uint> Order(uint template = 1)
    {
        var key = await AddSshKey();
        var ordered = await Post("/api/v1/vm", new JsonObject { ["template_id"] = template, ["image_id"] = 1, ["ssh_key_id"] = key });
        return ordered.Data["id"]!.GetValue<uint>();
    }

    /// <summary>Orders an offer, pays for it and waits for the machine; returns the VM's id.</summary>
    public async Task<uint> OrderRunning(uint template = 1)
    {
        var vm = await Order(template);
        await Pay(vm);
        await Until(vm, "running");
        return vm;
    }

    /// <summary>Asks for an invoice and pays it with the development node; returns the payment's id.</summary>
    public async Task<string> Pay(uint vm, int intervals = 1)
    {
        var payment = (await Get($"/api/v1/vm/{vm}/renew?intervals={intervals}")).Data;
        (await Post("/api/dev/v1/lightning/pay", new JsonObject { ["invoice"] = payment["data"]!["lightning"]!.GetValue<string>() })).Data.ToString();
        return payment["id"]!.GetValue<string>();
    }

    /// <summary>Polls until the VM's state is the wanted one.</summary>
    public async Task<JsonNode> Until(uint vm, string state, TimeSpan? limit = null)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var view = (await Get($"/api/v1/vm/{vm}")).Data;
            if (view["status"]!["state"]!.GetValue<string>() == state)
                return view;
            if (TimeProvider.System.GetElapsedTime(began) > (limit ?? TimeSpan.FromSeconds(30)))
                throw new TimeoutException($"VM {vm} did not become {state}: {view}");
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }
    }

    public void Dispose()
    {
        Key.Dispose();
        Http.Dispose();
    }
}
