using System.Collections.Concurrent;
using Lnvps.Core.Identity;
using Lnvps.Core.Outcomes;
using Lnvps.Database.Hosts;
using Lnvps.Database.Sessions;
using Lnvps.Platform.Worker.Machines;
using Microsoft.Extensions.Logging;

namespace Lnvps.Platform.Worker;

/// <summary>What the checks against the hosts did.</summary>
/// <param name="Answered">Hosts that told all their machines.</param>
/// <param name="Silent">Hosts that did not, or whose check failed.</param>
/// <param name="Asked">Workflows asked for and facts corrected.</param>
public sealed record HostRound(int Answered, int Silent, int Asked)
{
    public static HostRound operator +(HostRound a, HostRound b) => new(a.Answered + b.Answered, a.Silent + b.Silent, a.Asked + b.Asked);
}

/// <summary>
/// The periodic check of machines against the database: every host, enabled or not, in a task of its own, so that one that is slow or dead delays no other
/// (provisioning.md sections 16.5, 17.6 and 17.8). A host whose check still runs is left out of the next round.
/// </summary>
public sealed partial class CheckHosts(Shop shop, MachineCheck machines, ILogger<CheckHosts> log)
{
    /// <summary>How often it runs.</summary>
    public static readonly TimeSpan Every = TimeSpan.FromSeconds(30);

    /// <summary>Rounds in a row without an answer after which operators are told.</summary>
    const int MissesUntilAlert = 3;

    readonly Lock _gate = new();
    readonly Dictionary<HostId, Task<HostRound>> _underWay = [];
    readonly ConcurrentDictionary<HostId, int> _misses = [];

    /// <summary>Checks every host and returns when all checks have ended, the slow ones too.</summary>
    public async Task<HostRound> Round(CancellationToken stop)
    {
        var sum = new HostRound(0, 0, 0);
        foreach (var check in await Start(stop))
            sum += await check;
        return sum;
    }

    /// <summary>Sets a check of every host going that none is under way for, and returns at once with all that are under way.</summary>
    public async Task<IReadOnlyList<Task<HostRound>>> Start(CancellationToken stop)
    {
        var hosts = await shop.Db.Read(session => session.ListHosts(stop), stop);
        lock (_gate)
        {
            foreach (var host in hosts)
            {
                if (!_underWay.TryGetValue(host.Id, out var running) || running.IsCompleted)
                    _underWay[host.Id] = Task.Run(() => Check(host, stop), CancellationToken.None);
            }
            return [.. _underWay.Values];
        }
    }

    /// <summary>The checks that have not ended; they do when they are stopped.</summary>
    internal IReadOnlyList<Task> UnderWay
    {
        get
        {
            lock (_gate)
                return [.. _underWay.Values];
        }
    }

    /// <summary>Never throws: the next round is the retry.</summary>
    async Task<HostRound> Check(HostRow host, CancellationToken stop)
    {
        try
        {
            var asked = await machines.Check(host, stop);
            _misses.TryRemove(host.Id, out _);
            return new HostRound(1, 0, asked);
        }
        catch (OutsideFault fault)
        {
            var misses = _misses.AddOrUpdate(host.Id, 1, (_, before) => before + 1);
            LogSilent(log, host.Name, misses, fault.Message);
            if (misses >= MissesUntilAlert)
                await Tell(host, "silent", $"Host {host.Name} does not answer",
                    $"Host {host.Id} ({host.Name}) did not answer {misses} checks in a row. Nothing is concluded about its machines. Last answer: {fault.Message}", stop);
            return new HostRound(0, 1, 0);
        }
        catch (Exception) when (stop.IsCancellationRequested)
        {
            return new HostRound(0, 0, 0);
        }
        catch (Exception error)
        {
            LogFailed(log, error, host.Name);
            await Tell(host, "failed", $"The check of host {host.Name} failed", $"The check of host {host.Id} ({host.Name}) failed: {error.GetType().Name}", stop);
            return new HostRound(0, 1, 0);
        }
    }

    async Task Tell(HostRow host, string cause, string title, string message, CancellationToken stop)
    {
        try
        {
            await shop.Db.Write(session => Notices.Alert(session, $"host:{host.Id}/{cause}", title, message, shop, stop), stop);
        }
        catch (Exception error) when (error is System.Data.Common.DbException or OperationCanceledException)
        {
            LogFailed(log, error, host.Name);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Host {Host} did not answer, miss {Misses}: {Reason}")]
    static partial void LogSilent(ILogger logger, string host, int misses, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "The check of host {Host} failed")]
    static partial void LogFailed(ILogger logger, Exception error, string host);
}
