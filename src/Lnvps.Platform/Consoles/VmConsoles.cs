using Lnvps.Core.Identity;
using Lnvps.Core.Outcomes;
using Lnvps.Database.Hosts;
using Lnvps.Hosting.Hosts;
using Lnvps.Platform.Hosts;

namespace Lnvps.Platform.Consoles;

/// <summary>The serial consoles of this process: at most <see cref="ConsoleChannel.MostSessions"/> per machine, over one channel to its host.</summary>
public sealed class VmConsoles(HostCalls hosts, TimeProvider time)
{
    readonly Lock _gate = new();
    readonly Dictionary<VmId, Task<ConsoleChannel>> _channels = [];

    /// <summary>Opens a console. 409: the machine is off, not there, or its console is taken; 500: the host does not answer.</summary>
    public async Task<Result<ConsoleSession>> Open(HostRow host, VmId vm, CancellationToken stop)
    {
        while (true)
        {
            ConsoleChannel channel;
            var opening = Channel(host, vm);
            try
            {
                channel = await opening.WaitAsync(stop);
            }
            catch (OperationCanceledException)
            {
                _ = LeaveUnused(opening);
                throw;
            }
            catch (OutsideFault fault)
            {
                return fault.IsTransient ? HostFailed : await WhyRefused(host, vm, stop);
            }
            if (channel.Join(out var isOver) is { } session)
                return session;
            if (!isOver)
                return Refusal.Because(ErrorCode.ConsoleBusy, $"No more than {ConsoleChannel.MostSessions} consoles of a VM can be open");
            // It is being given back; then a new one can be had.
            await channel.Over.WaitAsync(stop);
        }
    }

    static Refusal HostFailed => Refusal.Because(ErrorCode.HostFailed, "The host of this VM does not answer, please try again");

    /// <summary>All who open at the same time get the same channel. Not cancelled with the one who happened to be first.</summary>
    Task<ConsoleChannel> Channel(HostRow host, VmId vm)
    {
        lock (_gate)
        {
            if (_channels.TryGetValue(vm, out var known) && !known.IsFaulted && !(known.IsCompletedSuccessfully && known.Result.Over.IsCompleted))
                return known;
            return _channels[vm] = Task.Run(() => Make(host, vm), CancellationToken.None);
        }
    }

    async Task<ConsoleChannel> Make(HostRow host, VmId vm)
    {
        var port = await hosts.Ask(host, (machine, limit) => machine.OpenConsole(vm, limit), CancellationToken.None);
        var channel = new ConsoleChannel(port, time, () => WhyEnded(host, vm));
        _ = Forget(vm, channel);
        return channel;
    }

    /// <summary>Whoever asked has gone before the port was open; without this, nobody would ever give it back.</summary>
    static async Task LeaveUnused(Task<ConsoleChannel> opening)
    {
        try
        {
            await (await opening).LeaveUnused();
        }
        catch (OutsideFault)
        {
            // It never was open.
        }
    }

    async Task Forget(VmId vm, ConsoleChannel channel)
    {
        await channel.Over;
        lock (_gate)
        {
            if (_channels.TryGetValue(vm, out var known) && known.IsCompletedSuccessfully && known.Result == channel)
                _channels.Remove(vm);
        }
    }

    async Task<ConsoleEnd> WhyEnded(HostRow host, VmId vm)
    {
        try
        {
            return (await State(host, vm, CancellationToken.None))?.Power == MachinePower.Running ? ConsoleEnd.HostLost : ConsoleEnd.MachineOff;
        }
        catch (OutsideFault)
        {
            return ConsoleEnd.HostLost;
        }
    }

    async Task<Refusal> WhyRefused(HostRow host, VmId vm, CancellationToken stop)
    {
        try
        {
            return await State(host, vm, stop) switch
            {
                null => Refusal.Because(ErrorCode.NotBuilt, "This VM is not on its host"),
                { Power: MachinePower.Running } => Refusal.Because(ErrorCode.ConsoleBusy, "The console of this VM is in use elsewhere"),
                _ => Refusal.Conflict("This VM is not running"),
            };
        }
        catch (OutsideFault)
        {
            return HostFailed;
        }
    }

    Task<MachineState?> State(HostRow host, VmId vm, CancellationToken stop) => hosts.Ask(host, (machine, limit) => machine.GetState(vm, limit), stop);
}
