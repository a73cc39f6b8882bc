using System.Net.WebSockets;
using System.Text;

namespace Lnvps.EndToEnd.Tests;

/// <summary>The serial console of a real guest in a real QEMU, through the API: boot messages, a login prompt, typing, and the end with the machine.</summary>
[Collection(RealHostTests.Name)]
[Trait("Speed", "slow"), Trait("Needs", "libvirt")]
public class SerialConsoleTests(RealHost host) : IClassFixture<RealHost>
{
    static readonly TimeSpan Limit = TimeSpan.FromMinutes(4);

    [Fact]
    public async Task A_customer_meets_the_login_prompt_and_types()
    {
        await using var shop = new ShopProcess(host.NewFolder(), host.Arguments);
        await shop.Start();
        using var customer = new Customer(shop.Address);
        var vm = await customer.Order();
        await customer.Pay(vm);
        await Eventually.True("the machine", Limit, async () => await customer.State(vm) == "running");

        using var limit = new CancellationTokenSource(Limit, TimeProvider.System);
        using var console = await customer.Console(vm, limit.Token);
        using var second = await customer.Console(vm, limit.Token);
        var seen = await ReadUntil(console, "login:", typing: "\r", limit.Token);
        Assert.Contains($"VM{vm}", seen, StringComparison.Ordinal);
        // The account is locked, as it was sold: the guest asks for a password, which shows that it read what was typed.
        await Type(console, "guest\r", limit.Token);
        seen = await ReadUntil(console, "assword", typing: null, limit.Token);
        Assert.Contains("guest", seen, StringComparison.Ordinal);
        // Whoever shares the port saw it all.
        await ReadUntil(second, "assword", typing: null, limit.Token);

        var closed = ReadToEnd(console, limit.Token);
        await customer.Patch($"/api/v1/vm/{vm}/stop");
        await closed;
        Assert.Equal(WebSocketCloseStatus.NormalClosure, console.CloseStatus);
    }

    static Task Type(ClientWebSocket console, string text, CancellationToken stop) =>
        console.SendAsync(Encoding.ASCII.GetBytes(text), WebSocketMessageType.Text, endOfMessage: true, stop);

    /// <param name="typing">Typed every few seconds until the guest answers: it may still be starting, or have asked before anybody listened.</param>
    static async Task<string> ReadUntil(ClientWebSocket console, string wanted, string? typing, CancellationToken stop)
    {
        var seen = new StringBuilder();
        var buffer = new byte[4096];
        var reading = console.ReceiveAsync(buffer.AsMemory(), stop).AsTask();
        while (!seen.ToString().Contains(wanted, StringComparison.Ordinal))
        {
            if (await Task.WhenAny(reading, Task.Delay(TimeSpan.FromSeconds(3), TimeProvider.System, stop)) != reading)
            {
                if (typing is not null)
                    await Type(console, typing, stop);
                stop.ThrowIfCancellationRequested();
                continue;
            }
            var received = await reading;
            Assert.Equal(WebSocketMessageType.Binary, received.MessageType);
            seen.Append(Encoding.ASCII.GetString(buffer, 0, received.Count));
            if (!seen.ToString().Contains(wanted, StringComparison.Ordinal))
                reading = console.ReceiveAsync(buffer.AsMemory(), stop).AsTask();
        }
        return seen.ToString();
    }

    static async Task ReadToEnd(ClientWebSocket console, CancellationToken stop)
    {
        var buffer = new byte[4096];
        while ((await console.ReceiveAsync(buffer.AsMemory(), stop)).MessageType != WebSocketMessageType.Close)
        {
        }
    }
}
