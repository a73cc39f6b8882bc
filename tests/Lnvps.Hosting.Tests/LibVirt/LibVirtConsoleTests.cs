using System.Text;
using Lnvps.Core.Outcomes;
using Lnvps.Hosting.LibVirt;

namespace Lnvps.Hosting.Tests.LibVirt;

/// <summary>The serial console of a real guest (<see cref="BootSector"/>).</summary>
[Trait("Speed", "slow"), Trait("Needs", "libvirt")]
public sealed class LibVirtConsoleTests : IAsyncLifetime
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    HostFixture _f = null!;

    public async Task InitializeAsync() => _f = await HostFixture.Start();

    public async Task DisposeAsync() => await _f.DisposeAsync();

    [Fact]
    public async Task What_is_typed_comes_back()
    {
        var machine = await _f.Running();
        await using var console = await _f.Host.OpenConsole(machine.Vm, default);
        await Awake(console);
        await console.WriteAsync("hello, guest\r"u8.ToArray());
        Assert.Equal("hello, guest\r", await ReadUntil(console, "guest\r"));
    }

    [Fact]
    public async Task A_slow_reader_loses_nothing()
    {
        var machine = await _f.Running();
        await using var console = await _f.Host.OpenConsole(machine.Vm, default);
        await Awake(console);
        // More than the buffers hold, asked for long before it is read.
        const int floods = 4;
        for (var i = 0; i < floods; i++)
            await console.WriteAsync(new byte[] { 0x12 });
        await Task.Delay(TimeSpan.FromSeconds(2), TimeProvider.System);
        var expected = Enumerable.Range(0, floods * 65536).Select(i => (byte)((65536 - i % 65536) & 0xFF)).ToArray();
        var received = new byte[expected.Length];
        using var watch = new CancellationTokenSource(Patience);
        await console.ReadExactlyAsync(received, watch.Token);
        Assert.True(expected.AsSpan().SequenceEqual(received));
    }

    [Fact]
    public async Task It_ends_when_the_machine_is_stopped()
    {
        var machine = await _f.Running();
        await using var console = await _f.Host.OpenConsole(machine.Vm, default);
        var end = ReadToEnd(console);
        await _f.Host.Stop(machine.Vm, default);
        await end.WaitAsync(Patience);
        await Assert.ThrowsAsync<IOException>(async () => await console.WriteAsync("x"u8.ToArray()));
    }

    [Fact]
    public async Task A_stopped_machine_has_none()
    {
        var machine = await _f.Running();
        await _f.Host.Stop(machine.Vm, default);
        var fault = await Assert.ThrowsAsync<OutsideFault>(() => _f.Host.OpenConsole(machine.Vm, default));
        Assert.False(fault.IsTransient);
    }

    [Fact]
    public async Task It_has_one_holder_and_is_free_once_closed()
    {
        var machine = await _f.Running();
        await using (await _f.Host.OpenConsole(machine.Vm, default))
        {
            var fault = await Assert.ThrowsAsync<OutsideFault>(() => _f.Host.OpenConsole(machine.Vm, default));
            Assert.False(fault.IsTransient);
        }
        await using var again = await _f.Host.OpenConsole(machine.Vm, default);
        await Awake(again);
    }

    [Fact]
    public async Task Opening_and_closing_many_times_does_not_disturb()
    {
        var machine = await _f.Running();
        for (var i = 0; i < 20; i++)
        {
            var console = await _f.Host.OpenConsole(machine.Vm, default);
            await console.WriteAsync("x"u8.ToArray());
            await console.DisposeAsync();
        }
    }

    // What arrives before the guest listens is lost, as on any serial port: ask until it answers, then until the last answer is read.
    static async Task Awake(Stream console)
    {
        var buffer = new byte[1024];
        var answer = console.ReadAsync(buffer).AsTask();
        while (!answer.IsCompleted || buffer.AsSpan(0, await answer).IndexOf("?"u8) < 0)
        {
            if (answer.IsCompleted)
                answer = console.ReadAsync(buffer).AsTask();
            await console.WriteAsync("?"u8.ToArray());
            await Task.WhenAny(answer, Task.Delay(TimeSpan.FromMilliseconds(300), TimeProvider.System));
        }
        await console.WriteAsync("#"u8.ToArray());
        if (buffer.AsSpan(0, await answer).IndexOf("#"u8) < 0)
            await ReadUntil(console, "#");
    }

    static async Task<string> ReadUntil(Stream console, string end)
    {
        using var watch = new CancellationTokenSource(Patience);
        var seen = new StringBuilder();
        var buffer = new byte[1024];
        while (!seen.ToString().Contains(end, StringComparison.Ordinal))
        {
            var read = await console.ReadAsync(buffer, watch.Token);
            Assert.True(read > 0, $"the console ended after: {seen}");
            seen.Append(Encoding.ASCII.GetString(buffer, 0, read));
        }
        return seen.ToString();
    }

    static async Task ReadToEnd(Stream console)
    {
        var buffer = new byte[1024];
        while (await console.ReadAsync(buffer) > 0)
        {
        }
    }
}
