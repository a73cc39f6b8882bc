using System.Globalization;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;
using Lnvps.Core.Time;
using Lnvps.Nostr.HttpAuth;
using Lnvps.Nostr.Keys;

namespace Lnvps.EndToEnd.Tests;

/// <summary>A customer with a Nostr key and an SSH key, who knows nothing but the HTTP API.</summary>
public sealed class Customer : IDisposable
{
    readonly HttpClient _http;
    readonly SecretKey _key = SecretKey.Generate();
    readonly string _folder = Directory.CreateTempSubdirectory("lnvps-customer-").FullName;
    int _calls;

    public Customer(Uri shop) => _http = new HttpClient(new SocketsHttpHandler()) { BaseAddress = shop, Timeout = TimeSpan.FromMinutes(4) };

    /// <summary>The account in the guest: the image's default user.</summary>
    public string User { get; init; } = "guest";

    /// <summary>The SSH key as it was uploaded.</summary>
    public string PublicKey => File.ReadAllText($"{KeyFile}.pub").Trim();

    public Task<JsonNode> Get(string path) => Send(HttpMethod.Get, path, null);

    public Task<JsonNode> Post(string path, JsonNode? body) => Send(HttpMethod.Post, path, body);

    public Task<JsonNode> Patch(string path) => Send(HttpMethod.Patch, path, null);

    async Task<JsonNode> Send(HttpMethod method, string path, JsonNode? body)
    {
        using var request = new HttpRequestMessage(method, path);
        var url = $"{_http.BaseAddress}{path.TrimStart('/')}{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}n={Interlocked.Increment(ref _calls)}";
        request.Headers.TryAddWithoutValidation("Authorization", Nip98.Sign(_key, method.Method, url, Instant.From(TimeProvider.System.GetUtcNow())));
        if (body is not null)
            request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        using var response = await _http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return response.IsSuccessStatusCode ? JsonNode.Parse(text)!["data"] ?? new JsonObject() : throw new InvalidOperationException($"{method} {path}: {(int)response.StatusCode} {text}");
    }

    /// <summary>Uploads a fresh SSH key and orders an offer; returns the VM's id.</summary>
    public async Task<uint> Order(uint template = 1, uint image = 1)
    {
        await Shell.Run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", KeyFile);
        var key = await Post("/api/v1/ssh-key", new JsonObject { ["name"] = "k", ["key_data"] = await File.ReadAllTextAsync($"{KeyFile}.pub") });
        var vm = await Post("/api/v1/vm", new JsonObject { ["template_id"] = template, ["image_id"] = image, ["ssh_key_id"] = key["id"]!.DeepClone() });
        return vm["id"]!.GetValue<uint>();
    }

    /// <summary>Asks for an invoice and pays it; returns the payment's id.</summary>
    public async Task<string> Pay(uint vm, int intervals = 1)
    {
        var payment = await Get($"/api/v1/vm/{vm}/renew?intervals={intervals}");
        await Post("/api/dev/v1/lightning/pay", new JsonObject { ["invoice"] = payment["data"]!["lightning"]!.DeepClone() });
        return payment["id"]!.GetValue<string>();
    }

    /// <summary>Opens the serial console as a browser does.</summary>
    public async Task<ClientWebSocket> Console(uint vm, CancellationToken stop)
    {
        var path = $"/api/v1/vm/{vm}/console";
        var url = $"{_http.BaseAddress}{path.TrimStart('/')}?n={Interlocked.Increment(ref _calls)}";
        var auth = Nip98.Sign(_key, "GET", url, Instant.From(TimeProvider.System.GetUtcNow()))["Nostr ".Length..];
        var socket = new ClientWebSocket();
        await socket.ConnectAsync(new Uri($"ws://{_http.BaseAddress!.Authority}{path}?auth={auth}"), stop);
        return socket;
    }

    public async Task<string> State(uint vm) => (await Get($"/api/v1/vm/{vm}"))["status"]!["state"]!.GetValue<string>();

    public async Task<List<string>> Addresses(uint vm) =>
        [.. (await Get($"/api/v1/vm/{vm}"))["ip_assignments"]!.AsArray().Select(entry => entry!["ip"]!.GetValue<string>())];

    /// <summary>Runs a command in a guest over SSH with this customer's key only.</summary>
    public Task<(int Status, string Output)> Ssh(string address, string command) => Shell.Try(TimeSpan.FromSeconds(60), "ssh",
        "-i", KeyFile, "-o", "IdentitiesOnly=yes", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR", "-o", "BatchMode=yes",
        "-o", "ConnectTimeout=10", $"{User}@{address.Split('/')[0]}", command);

    /// <summary>As <see cref="Ssh"/>, for a command that must succeed; returns what it printed.</summary>
    public async Task<string> Run(string address, string command) =>
        await Ssh(address, command) switch
        {
            (0, var output) => output,
            var (status, output) => throw new InvalidOperationException($"In the guest at {address}: {command}: {status} {output}"),
        };

    /// <summary>Waits until SSH answers.</summary>
    public Task UntilSsh(string address) => Eventually.True($"SSH at {address}", TimeSpan.FromMinutes(6), async () => (await Ssh(address, "true")).Status == 0);

    string KeyFile => Path.Combine(_folder, "id_ed25519");

    public void Dispose()
    {
        _key.Dispose();
        _http.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}

/// <summary>Waits for something with a limit.</summary>
static class Eventually
{
    public static async Task True(string what, TimeSpan limit, Func<Task<bool>> holds)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (!await holds())
        {
            if (TimeProvider.System.GetElapsedTime(began) > limit)
                throw new TimeoutException(string.Create(CultureInfo.InvariantCulture, $"Waited {limit.TotalSeconds:0} s for {what}"));
            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System);
        }
    }
}
