using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using Lnvps.Api.Operations;
using Lnvps.Database.Sessions;

namespace Lnvps.Api.Tests.Http;

/// <summary>How many statements a request sends to the database, sign-in included: a fixed number, however many rows there are.</summary>
[Collection(nameof(QueryBudgetTests))]
public class QueryBudgetTests
{
    /// <summary>Spans of other tests' requests would be counted too.</summary>
    [CollectionDefinition(nameof(QueryBudgetTests), DisableParallelization = true)]
    public sealed class Alone;

    /// <summary>What endpoints may need that need more than <see cref="Usual"/>. Whoever raises a line says why.</summary>
    static readonly Dictionary<string, int> Budgets = new()
    {
        // Reads all offers with what is free, once for all who ask within a few seconds.
        ["GET /api/v1/vm/templates"] = 9,
        // Prices, looks whether there is room, prices again under the lock, stores.
        ["GET /api/v1/vm/{id}/renew"] = 17,
        ["GET /api/v1/subscriptions/{id}/renew"] = 22,
        ["POST /api/v1/vm"] = 14,
        ["POST /api/v1/vm/custom-template"] = 17,
        ["POST /api/v1/vm/{id}/upgrade/quote"] = 13,
        ["POST /api/v1/vm/{id}/upgrade"] = 28,
        // Waits for the machine, and looks again and again meanwhile.
        ["PATCH /api/v1/vm/{id}/start"] = 30,
        ["PATCH /api/v1/vm/{id}/stop"] = 30,
        ["PATCH /api/v1/vm/{id}/restart"] = 30,
        ["PATCH /api/v1/vm/{id}/re-install"] = 30,
        ["PATCH /api/v1/vm/{id}"] = 30,
    };

    const int Usual = 8;

    /// <summary>Counts the spans of statements right below a request; for one request at a time.</summary>
    sealed class Watch : IDisposable
    {
        readonly ActivityListener _listener;
        readonly ConcurrentDictionary<ActivitySpanId, int> _statements = [];
        TaskCompletionSource<ActivitySpanId> _request = new();

        public Watch()
        {
            _listener = new ActivityListener
            {
                ShouldListenTo = source => source.Name is RequestSpans.SourceName or StatementSpans.SourceName,
                Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
                ActivityStopped = span =>
                {
                    if (span.Source.Name == StatementSpans.SourceName)
                        _statements.AddOrUpdate(span.ParentSpanId, 1, (_, seen) => seen + 1);
                    else
                        _request.TrySetResult(span.SpanId);
                },
            };
            ActivitySource.AddActivityListener(_listener);
        }

        public async Task<int> Count(Func<Task> send)
        {
            _request = new TaskCompletionSource<ActivitySpanId>();
            await send();
            return _statements.GetValueOrDefault(await _request.Task.WaitAsync(TimeSpan.FromSeconds(10)));
        }

        public void Dispose() => _listener.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task No_endpoint_needs_more_statements_than_its_budget_whatever_there_is(bool mariaDb)
    {
        await using var shop = await ApiShop.Start(mariaDb);
        using var watch = new Watch();
        using var few = shop.NewCustomer();
        using var many = shop.NewCustomer();
        var paths = await OwnThings.Paths(shop, few);
        var richer = await OwnThings.Paths(shop, many, "203.0.113.0/24");
        for (var i = 0; i < 10; i++)
            await many.Order();

        var keys = new Dictionary<ApiCustomer, uint> { [few] = await few.AddSshKey(), [many] = await many.AddSshKey() };

        var over = new List<string>();
        foreach (var name in AccessMatrixTests.Expected.Keys.OrderBy(name => name.StartsWith("DELETE", StringComparison.Ordinal)).ThenBy(name => name, StringComparer.Ordinal))
        {
            // One waits for work, the others change the world itself.
            if (name.EndsWith("/events", StringComparison.Ordinal) || name.Contains("/api/dev", StringComparison.Ordinal))
                continue;
            var (one, eleven) = (await Count(few, paths(name)), await Count(many, richer(name)));
            if (!MayDiffer(name) && one != eleven || Math.Max(one, eleven) > Budgets.GetValueOrDefault(name, Usual))
                over.Add($"{name}: {one} and {eleven}");

            Task<int> Count(ApiCustomer customer, string path) => watch.Count(async () =>
            {
                var method = new HttpMethod(name.Split(' ')[0]);
                using var request = new HttpRequestMessage(method, path);
                request.Headers.TryAddWithoutValidation("Authorization", customer.Sign(method, path));
                var body = Body(name, keys[customer]);
                if (body is not null)
                    request.Content = new StringContent(body, Encoding.UTF8, "application/json");
                using var answer = await customer.Http.SendAsync(request);
                if (body is not null && (int)answer.StatusCode is 400 or 422)
                    over.Add($"{name}: {await answer.Content.ReadAsStringAsync()}");
            });
        }
        Assert.True(over.Count == 0, string.Join("\n", over));
    }

    /// <summary>What is remembered for a while is not asked again, and what waits for a machine looks at its work now and then.</summary>
    static bool MayDiffer(string name) => name == "GET /api/v1/vm/templates" || name.StartsWith("PATCH /api/v1/vm", StringComparison.Ordinal);

    static string? Body(string name, uint sshKey) => name switch
    {
        "PATCH /api/v1/account" => """{"name":"Alice"}""",
        "PATCH /api/v1/vm/{id}" => """{"reverse_dns":"mail.example.com"}""",
        "POST /api/v1/contact" => """{"subject":"s","message":"m","email":"a@example.com","name":"n","timestamp":"2026-03-01T12:00:00Z","turnstile_token":"t"}""",
        "POST /api/v1/nostr/domain" => $$"""{"name":"d{{sshKey}}.example.org"}""",
        "POST /api/v1/nostr/domain/{dom}/handle" => $$"""{"name":"you","pubkey":"{{Someone}}"}""",
        "POST /api/v1/ssh-key" => $$"""{"name":"k","key_data":"{{ApiCustomer.SshKey}}"}""",
        "POST /api/v1/subscriptions" => """{"line_items":[{"type":"ip_range","ip_space_pricing_id":1}]}""",
        "POST /api/v1/subscriptions/{id}/ip_ranges" => """{"ip_space_pricing_id":1}""",
        "POST /api/v1/vm" => $$"""{"template_id":1,"image_id":1,"ssh_key_id":{{sshKey}}}""",
        "POST /api/v1/vm/custom-template" => $$"""{{{Custom}},"image_id":1,"ssh_key_id":{{sshKey}}}""",
        "POST /api/v1/vm/custom-template/price" => $$"""{{{Custom}}}""",
        "POST /api/v1/vm/{id}/upgrade" or "POST /api/v1/vm/{id}/upgrade/quote" => """{"cpu":2,"memory":1073741824,"disk":8589934592}""",
        _ => null,
    };

    const string Someone = "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";

    const string Custom = "\"pricing_id\":1,\"cpu\":1,\"memory\":1073741824,\"disk\":8589934592,\"disk_type\":\"ssd\",\"disk_interface\":\"pcie\"";
}
