namespace Lnvps.Database.MariaDb;

/// <summary>
/// A call to the server that can be interrupted by a cancellation, a time-out or <c>DbCommand.Cancel</c>. The interruption kills the
/// statement from a connection of its own; when that does not help in time, the socket is shut, which wakes the waiting thread.
/// </summary>
sealed class RunningCall(PhysicalConnection connection)
{
    /// <summary>How long a killed statement may take to end.</summary>
    static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    readonly Lock _gate = new();
    readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    Task<bool>? _kill;
    bool _isDone;

    /// <summary>Why the call was interrupted; the first reason counts.</summary>
    internal Reason Interruption { get; private set; }

    internal enum Reason
    {
        None,
        Cancelled,
        TimedOut,
    }

    /// <summary>Returns at once. Does nothing when the call is over.</summary>
    internal void Interrupt(Reason reason)
    {
        lock (_gate)
        {
            if (_isDone || _kill is not null)
                return;
            Interruption = reason;
            _kill = BlockingCalls.Run(Kill);
        }
    }

    /// <summary>To be called when the call is over. After it nothing of an interruption is under way any more.</summary>
    /// <returns>True when the server was told to kill the statement.</returns>
    internal bool Complete()
    {
        Task<bool>? kill;
        lock (_gate)
        {
            _isDone = true;
            kill = _kill;
        }
        if (kill is null)
            return false;
        _done.SetResult();
        return kill.GetAwaiter().GetResult();
    }

    bool Kill()
    {
        var killed = connection.TryKillQuery();
        if (!killed || !_done.Task.Wait(Grace))
            connection.Shut();
        return killed;
    }
}
