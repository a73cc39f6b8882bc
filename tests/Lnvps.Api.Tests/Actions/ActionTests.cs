using System.Net;
using System.Text.Json.Nodes;
using Lnvps.Hosting.Simulated;

namespace Lnvps.Api.Tests.Actions;

/// <summary>Slow work as customers see it: the header of the call that began it, the action, and its stream of events.</summary>
public class ActionTests
{
    [Fact]
    public async Task A_call_that_begins_work_names_it_and_the_action_can_be_read()
    {
        await using var shop = await ApiShop.Start();
        using var customer = shop.NewCustomer();
        var vm = await customer.OrderRunning();

        foreach (var call in new[] { "stop", "start", "restart", "re-install" })
        {
            var answer = await customer.Patch($"/api/v1/vm/{vm}/{call}");
            Assert.Equal(HttpStatusCode.OK, answer.Status);
            var action = (await customer.Get($"/api/v1/action/{answer.Header("X-Action-Id")}")).Data;
            Assert.Contains(call.Replace("-", "", StringComparison.Ordinal), action["kind"]!.ToString().Replace("-", "", StringComparison.Ordinal), StringComparison.Ordinal);
            Assert.Equal((vm, "succeeded", 100u), (action["vm_id"]!.GetValue<uint>(), action["state"]!.ToString(), action["percent"]!.GetValue<uint>()));
            Assert.NotEmpty(action["steps"]!.AsArray());
            Assert.Null(action["error_code"]);
        }
        var quiet = await customer.Patch("/api/v1/account", new JsonObject());
        Assert.Null(quiet.Header("X-Action-Id"));
    }

    [Fact]
    public async Task A_changed_key_is_brought_to_the_machine_by_an_action()
    {
        await using var shop = await ApiShop.Start();
        using var customer = shop.NewCustomer();
        var vm = await customer.OrderRunning();

        var answer = await customer.Patch($"/api/v1/vm/{vm}", new JsonObject { ["ssh_key_id"] = await customer.AddSshKey() });

        Assert.Equal(HttpStatusCode.OK, (await customer.Get($"/api/v1/action/{answer.Header("X-Action-Id")}")).Status);
    }

    [Fact]
    public async Task Unknown_actions_and_those_of_others_are_not_shown()
    {
        await using var shop = await ApiShop.Start();
        using var customer = shop.NewCustomer();
        using var stranger = shop.NewCustomer();
        var vm = await customer.OrderRunning();
        var id = (await customer.Patch($"/api/v1/vm/{vm}/stop")).Header("X-Action-Id");

        foreach (var tail in new[] { "", "/events" })
        {
            Assert.Equal(HttpStatusCode.Forbidden, (await stranger.Get($"/api/v1/action/{id}{tail}")).Status);
            Assert.Equal(HttpStatusCode.NotFound, (await customer.Get($"/api/v1/action/4000000{tail}")).Status);
            Assert.Equal(HttpStatusCode.BadRequest, (await customer.Get($"/api/v1/action/x{tail}")).Status);
        }
    }

    [Fact]
    public async Task The_stream_tells_each_step_and_ends_with_the_action()
    {
        await using var shop = await ApiShop.Start();
        using var customer = shop.NewCustomer();
        // Long enough that all readers come while the machine is made.
        shop.Platform.World!.Faults.Latency = call => TimeSpan.FromSeconds(call.Operation == HostOperation.Start ? 3 : 0);
        var vm = await customer.Order();
        await customer.Pay(vm);
        await customer.Until(vm, "creating");
        var id = (await customer.Get($"/api/v1/action?vm_id={vm}")).Data[0]!["id"]!.ToString();

        var readers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Follow(customer, id)));

        foreach (var events in readers)
        {
            Assert.Equal("action", events[0].Name);
            Assert.Equal("end", events[^1].Name);
            Assert.Equal("succeeded", events[^1].Data["state"]!.ToString());
            Assert.Equal(100, events[^1].Data["percent"]!.GetValue<int>());
            // Every step is in the first picture or came as an event.
            var told = events[0].Data["steps"]!.AsArray().Select(step => step!["name"]!.ToString())
                .Concat(events.Where(e => e.Name == "step").Select(e => e.Data["name"]!.ToString()));
            Assert.Empty(events[^1].Data["steps"]!.AsArray().Select(step => step!["name"]!.ToString()).Except(told));
            Assert.DoesNotContain(events[1..^1], e => e.Name is not ("step" or "percent"));
        }
    }

    [Fact]
    public async Task An_ended_action_ends_its_stream_at_once_and_a_reader_that_leaves_is_let_go()
    {
        await using var shop = await ApiShop.Start();
        using var customer = shop.NewCustomer();
        var vm = await customer.OrderRunning();
        var id = (await customer.Patch($"/api/v1/vm/{vm}/stop")).Header("X-Action-Id")!;

        Assert.Equal(["action", "end"], (await Follow(customer, id)).Select(e => e.Name));

        // One that never ends: left by its reader, and cut off by the end of the program without delay.
        await shop.Execute("UPDATE workflow SET due = 9000000000000, state = 0, finished = NULL, kind = 'nobody-does-this' WHERE id = @id", new { id });
        using (var left = await Open(customer, id))
            await left.Content.ReadAsStream().ReadExactlyAsync(new byte[10]);
        using var open = await Open(customer, id);
        var began = TimeProvider.System.GetTimestamp();
        await shop.Stop();
        Assert.True(TimeProvider.System.GetElapsedTime(began) < TimeSpan.FromSeconds(15));
    }

    static async Task<HttpResponseMessage> Open(ApiCustomer customer, string id)
    {
        var path = $"/api/v1/action/{id}/events";
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.TryAddWithoutValidation("Authorization", customer.Sign(HttpMethod.Get, path));
        var response = await customer.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        return response;
    }

    static async Task<List<(string Name, JsonNode Data)>> Follow(ApiCustomer customer, string id)
    {
        using var response = await Open(customer, id);
        var events = new List<(string, JsonNode)>();
        foreach (var text in (await response.Content.ReadAsStringAsync()).Split("\n\n", StringSplitOptions.RemoveEmptyEntries))
        {
            var lines = text.Split('\n');
            if (!lines[0].StartsWith(':'))
                events.Add((lines[0]["event: ".Length..], JsonNode.Parse(lines[1]["data: ".Length..])!));
        }
        return events;
    }
}
