using System.Net;
using System.Net.WebSockets;
using System.Text;

namespace Lnvps.Api.Tests.Consoles;

/// <summary>The serial console as a browser uses it, against the simulated host (customer-api.md section 7).</summary>
public class ConsoleTests
{
    [Fact]
    public async Task Bytes_go_both_ways_unchanged_in_text_and_binary_frames()
    {
        await using var shop = await ApiShop.Start();
        using var customer = shop.NewCustomer();
        var vm = await customer.OrderRunning();

        using var socket = await Open(customer, vm);
        await socket.SendAsync("text é\r"u8.ToArray(), WebSocketMessageType.Text, endOfMessage: true, default);
        var all = Enumerable.Range(0, 256).Select(i => (byte)i).ToArray();
        await socket.SendAsync(all.AsMemory(0, 100), WebSocketMessageType.Binary, endOfMessage: false, default);
        await socket.SendAsync(all.AsMemory(100), WebSocketMessageType.Binary, endOfMessage: true, default);

        byte[] expected = [.. Encoding.UTF8.GetBytes($"VM{vm} login: text é\r"), .. all];
        Assert.Equal(expected, await Read(socket, expected.Length));
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, default);
        Assert.Equal(WebSocketCloseStatus.NormalClosure, socket.CloseStatus);
    }

    [Fact]
    public async Task What_is_not_allowed_is_refused_before_the_upgrade()
    {
        await using var shop = await ApiShop.Start();
        using var customer = shop.NewCustomer();
        using var stranger = shop.NewCustomer();
        var vm = await customer.Order();

        async Task Is(HttpStatusCode status, ApiCustomer who, string id, string? auth = null)
        {
            using var socket = new ClientWebSocket();
            socket.Options.CollectHttpResponseDetails = true;
            await Assert.ThrowsAsync<WebSocketException>(() => socket.ConnectAsync(Address(who, id, auth), default));
            Assert.Equal(status, socket.HttpStatusCode);
        }

        await Is(HttpStatusCode.Forbidden, customer, $"{vm}", "");
        await Is(HttpStatusCode.Unauthorized, customer, $"{vm}", "e30=");
        await Is(HttpStatusCode.BadRequest, customer, "x");
        await Is(HttpStatusCode.NotFound, customer, "4000");
        await Is(HttpStatusCode.Forbidden, stranger, $"{vm}");
        await Is(HttpStatusCode.PaymentRequired, customer, $"{vm}");
        await customer.Pay(vm);
        await customer.Until(vm, "running");

        // The event is used up by its first use.
        var used = Address(customer, $"{vm}");
        using var first = new ClientWebSocket();
        await first.ConnectAsync(used, default);
        using (var second = new ClientWebSocket())
            await Assert.ThrowsAsync<WebSocketException>(() => second.ConnectAsync(used, default));
        // Not an upgrade.
        using var plain = await customer.Http.GetAsync(new UriBuilder(Address(customer, $"{vm}")) { Scheme = "http" }.Uri);
        Assert.Equal(HttpStatusCode.BadRequest, plain.StatusCode);

        await customer.Patch($"/api/v1/vm/{vm}/stop");
        await UntilClosed(first);
        await Is(HttpStatusCode.Conflict, customer, $"{vm}");
        await shop.Execute("UPDATE vm SET expires = created");
        await Is(HttpStatusCode.PaymentRequired, customer, $"{vm}");
        await shop.Execute("UPDATE vm SET deleted = 1");
        await Is(HttpStatusCode.NotFound, customer, $"{vm}");
    }

    [Fact]
    public async Task A_paid_machine_that_was_not_built_yet_has_none()
    {
        await using var shop = await ApiShop.Start(extra: "read-only: true");
        using var customer = shop.NewCustomer();
        await customer.Get("/api/v1/account");
        await shop.Execute("""
            INSERT INTO user_ssh_key (name, user_id, created, key_data) SELECT 'k', id, created, 'x' FROM users
            """);
        await shop.Execute("""
            INSERT INTO vm (host_id, user_id, image_id, template_id, ssh_key_id, created, expires, disk_id, mac_address, deleted, auto_renewal_enabled)
            SELECT 1, u.id, 1, 1, k.id, u.created, '2037-01-01 00:00:00', 1, 'ff:ff:ff:ff:ff:ff', 0, 0 FROM users u JOIN user_ssh_key k ON k.user_id = u.id
            """);
        var vm = await shop.Platform.Shop.Db.Read(session => session.Scalar<long>("SELECT id FROM vm"), default);

        using var socket = new ClientWebSocket();
        socket.Options.CollectHttpResponseDetails = true;
        await Assert.ThrowsAsync<WebSocketException>(() => socket.ConnectAsync(Address(customer, $"{vm}"), default));

        Assert.Equal(HttpStatusCode.Conflict, socket.HttpStatusCode);
    }

    [Fact]
    public async Task Four_share_one_serial_port_and_a_fifth_is_refused()
    {
        await using var shop = await ApiShop.Start();
        using var customer = shop.NewCustomer();
        var vm = await customer.OrderRunning();
        var sockets = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Open(customer, vm)));
        await Assert.ThrowsAsync<WebSocketException>(() => Open(customer, vm));

        foreach (var (socket, i) in sockets.Select((socket, i) => (socket, i)))
            await socket.SendAsync(Encoding.ASCII.GetBytes($"<{i}>"), WebSocketMessageType.Text, endOfMessage: true, default);

        foreach (var socket in sockets)
        {
            var seen = Encoding.ASCII.GetString(await ReadUntil(socket, text => Enumerable.Range(0, 4).All(i => text.Contains($"<{i}>", StringComparison.Ordinal))));
            Assert.All(Enumerable.Range(0, 4), i => Assert.Contains($"<{i}>", seen, StringComparison.Ordinal));
        }
        // One leaves, another may come; all leave, and the port is free for a first one again.
        await sockets[0].CloseAsync(WebSocketCloseStatus.NormalClosure, null, default);
        sockets[0].Dispose();
        using (var next = await Eventually(() => Open(customer, vm)))
            await next.CloseAsync(WebSocketCloseStatus.NormalClosure, null, default);
        foreach (var socket in sockets[1..])
        {
            socket.Abort();
            socket.Dispose();
        }
        using var alone = await Eventually(async () =>
        {
            var socket = await Open(customer, vm);
            await socket.SendAsync("x"u8.ToArray(), WebSocketMessageType.Binary, endOfMessage: true, default);
            // A fresh port greets first.
            if ((await Read(socket, 1))[0] == (byte)'V')
                return socket;
            socket.Dispose();
            throw new WebSocketException("Still the old port");
        });
    }

    [Fact]
    public async Task It_ends_with_the_machine_and_with_the_program()
    {
        await using var shop = await ApiShop.Start();
        using var customer = shop.NewCustomer();
        var vm = await customer.OrderRunning();
        using (var socket = await Open(customer, vm))
        {
            await Read(socket, 5);
            await customer.Patch($"/api/v1/vm/{vm}/stop");
            await UntilClosed(socket);
            Assert.Equal(WebSocketCloseStatus.NormalClosure, socket.CloseStatus);
        }
        await customer.Patch($"/api/v1/vm/{vm}/start");
        using (var socket = await Open(customer, vm))
        {
            // The host goes away with its end of the port.
            await Read(socket, 5);
            shop.Platform.World!.SetReachable("simulated", false);
            shop.Platform.World.CutConsoles("simulated");
            await UntilClosed(socket);
            Assert.Equal(WebSocketCloseStatus.InternalServerError, socket.CloseStatus);
            shop.Platform.World.SetReachable("simulated", true);
        }
        using (var socket = await Eventually(() => Open(customer, vm)))
        {
            await Read(socket, 5);
            var closed = UntilClosed(socket);
            await shop.Stop();
            await closed;
            Assert.Equal(WebSocketCloseStatus.EndpointUnavailable, socket.CloseStatus);
        }
    }

    internal static async Task<ClientWebSocket> Open(ApiCustomer customer, uint vm)
    {
        var socket = new ClientWebSocket();
        await socket.ConnectAsync(Address(customer, $"{vm}"), default);
        return socket;
    }

    static Uri Address(ApiCustomer customer, string vm, string? auth = null)
    {
        var path = $"/api/v1/vm/{vm}/console";
        // As the web client does it: not percent-encoded.
        auth ??= customer.Sign(HttpMethod.Get, path)["Nostr ".Length..];
        return new Uri($"ws://{customer.Http.BaseAddress!.Authority}{path}{(auth.Length == 0 ? "" : $"?auth={auth}")}");
    }

    static async Task<byte[]> Read(ClientWebSocket socket, int length)
    {
        var read = new List<byte>();
        return await ReadUntil(socket, _ => read.Count >= length, read);
    }

    static async Task<byte[]> ReadUntil(ClientWebSocket socket, Func<string, bool> isEnough, List<byte>? into = null)
    {
        var read = into ?? [];
        var buffer = new byte[8192];
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30), TimeProvider.System);
        while (!isEnough(Encoding.ASCII.GetString([.. read])))
        {
            var result = await socket.ReceiveAsync(buffer.AsMemory(), limit.Token);
            Assert.Equal(WebSocketMessageType.Binary, result.MessageType);
            read.AddRange(buffer[..result.Count]);
        }
        return [.. read];
    }

    static async Task UntilClosed(ClientWebSocket socket)
    {
        var buffer = new byte[1024];
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30), TimeProvider.System);
        while ((await socket.ReceiveAsync(buffer.AsMemory(), limit.Token)).MessageType != WebSocketMessageType.Close)
        {
        }
        await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, limit.Token);
    }

    static async Task<ClientWebSocket> Eventually(Func<Task<ClientWebSocket>> open)
    {
        for (var left = 1200; ; left--)
        {
            try
            {
                return await open();
            }
            catch (WebSocketException) when (left > 0)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
            }
        }
    }
}
