using System.Reflection;
using Lnvps.Core.Catalogue;
using Lnvps.Core.Identity;
using Lnvps.Database.Hosts;
using Lnvps.Hosting.Hosts;
using Lnvps.Platform.Consoles;
using Lnvps.Platform.Hosts;
using Lnvps.Platform.Worker;

namespace Lnvps.Platform.Tests.Consoles;

/// <summary>Who opens the port of a machine, and what becomes of it when nobody is left.</summary>
public sealed class VmConsolesTests
{
    static readonly HostRow Row = new() { Id = new HostId(1), Kind = HostKind.LibVirt, Name = "h" };
    static readonly VmId Vm = new(7);

    [Fact]
    public async Task Who_leaves_while_the_port_is_opened_leaves_nothing_open()
    {
        var host = DispatchProxy.Create<IVmHost, SlowToOpen>();
        var opening = (SlowToOpen)host;
        var consoles = new VmConsoles(new HostCalls(new HostRegistry(new Dictionary<HostKind, HostMaker> { [HostKind.LibVirt] = _ => host }), TimeProvider.System), TimeProvider.System);

        using var impatient = new CancellationTokenSource();
        var asked = consoles.Open(Row, Vm, impatient.Token);
        await opening.Asked;
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asked);
        var port = new Port();
        opening.Answer(port);

        await port.Closed.WaitAsync(TimeSpan.FromMinutes(1), TimeProvider.System);
        // And the next has a port of its own.
        var again = consoles.Open(Row, Vm, default);
        opening.Answer(new Port());
        Assert.True((await again).IsOk);
    }

    /// <summary>A host that is asked for a console and takes its time.</summary>
    public class SlowToOpen : DispatchProxy
    {
        readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        readonly System.Threading.Channels.Channel<Stream> _answers = System.Threading.Channels.Channel.CreateUnbounded<Stream>();

        public Task Asked => _asked.Task;

        public void Answer(Stream port) => _answers.Writer.TryWrite(port);

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            if (targetMethod?.Name != nameof(IVmHost.OpenConsole))
                throw new NotSupportedException();
            _asked.TrySetResult();
            return _answers.Reader.ReadAsync().AsTask();
        }
    }

    /// <summary>A port on which nothing is ever written.</summary>
    sealed class Port : MemoryStream
    {
        readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Closed => _closed.Task;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            return 0;
        }

        protected override void Dispose(bool disposing)
        {
            _closed.TrySetResult();
            base.Dispose(disposing);
        }
    }
}
