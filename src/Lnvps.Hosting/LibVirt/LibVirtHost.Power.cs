using Lnvps.Core.Identity;
using Lnvps.Hosting.Hosts;
using Lnvps.Hosting.LibVirt.Native;

namespace Lnvps.Hosting.LibVirt;

public sealed partial class LibVirtHost
{
    static readonly TimeSpan PollShutdown = TimeSpan.FromMilliseconds(250);

    // A guest that is still booting misses the first press.
    static readonly TimeSpan PressAgain = TimeSpan.FromSeconds(10);

    public Task Start(VmId vm, CancellationToken stop) => _connection.Run($"Starting {Machine.NameOf(vm)}", connection =>
    {
        using var domain = Required(connection, vm);
        StartIfOff(domain);
    }, stop);

    public Task Reset(VmId vm, CancellationToken stop) => _connection.Run($"Resetting {Machine.NameOf(vm)}", connection =>
    {
        using var domain = Required(connection, vm);
        if (!IsOff(domain))
            Tolerating(domain, d => d.Reset(), unless: IsOff);
        StartIfOff(domain);
    }, stop);

    public async Task Stop(VmId vm, CancellationToken stop)
    {
        var begun = time.GetTimestamp();
        var limit = TimeSpan.FromSeconds(_options.ShutdownTimeoutSecs);
        TimeSpan? pressed = null;
        while (true)
        {
            var elapsed = time.GetElapsedTime(begun);
            var press = pressed is null || elapsed - pressed >= PressAgain;
            if (press)
                pressed = elapsed;
            if (await _connection.Run($"Stopping {Machine.NameOf(vm)}", connection => StopOnce(connection, vm, press, force: elapsed >= limit), stop))
                return;
            await Task.Delay(PollShutdown, time, stop);
        }
    }

    static bool StopOnce(Connection connection, VmId vm, bool press, bool force)
    {
        using var domain = Required(connection, vm);
        if (IsOff(domain))
            return true;
        if (force)
            Tolerating(domain, d => d.PowerOff(), unless: d => !IsOff(d));
        // A paused guest cannot hear the button, and the host may refuse to press it: then only force remains.
        else if (press && domain.State == DomainState.Running)
            Tolerating(domain, d => d.PressPowerButton(), unless: _ => false);
        return IsOff(domain);
    }

    static void StartIfOff(Domain domain)
    {
        if (IsOff(domain))
            Tolerating(domain, d => d.Start(), unless: IsOff);
        else if (domain.State == DomainState.Paused)
            Tolerating(domain, d => d.Resume(), unless: d => d.State == DomainState.Paused);
    }

    // Between looking and acting the machine may have reached the wanted state by itself; the library then reports a wrong state.
    static void Tolerating(Domain domain, Action<Domain> action, Func<Domain, bool> unless)
    {
        try
        {
            action(domain);
        }
        catch (LibVirtException wrongState) when (wrongState.Code == VirCode.OperationInvalid && !unless(domain))
        {
        }
    }
}
