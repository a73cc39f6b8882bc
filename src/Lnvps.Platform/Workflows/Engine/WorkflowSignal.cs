using System.Collections.Concurrent;
using Lnvps.Core.Identity;

namespace Lnvps.Platform.Workflows.Engine;

/// <summary>
/// Wakes the engine of this process when there may be work, and whoever waits for a workflow's end. Only a short cut: engines also look by themselves, so
/// a signal that is lost with its process costs no more than one polling interval.
/// </summary>
public sealed class WorkflowSignal
{
    readonly ConcurrentDictionary<WorkflowId, TaskCompletionSource> _ends = new();
    TaskCompletionSource _next = New();

    /// <summary>Completes at the next <see cref="Set"/>. Take it before looking for work, so that no signal falls in between.</summary>
    internal Task Next => Volatile.Read(ref _next).Task;

    /// <summary>Tells other processes: null = there may be work, else which workflow has ended.</summary>
    internal Action<WorkflowId?>? PassOn { get; set; }

    /// <summary>There may be work, for any process.</summary>
    public void Set()
    {
        Wake();
        PassOn?.Invoke(null);
    }

    /// <summary>Another process said what <see cref="PassOn"/> is told.</summary>
    internal void Hear(WorkflowId? ended)
    {
        if (ended is { } id && _ends.TryRemove(id, out var end))
            end.TrySetResult();
        Wake();
    }

    /// <summary>This process may have something to do.</summary>
    internal void Wake() => Interlocked.Exchange(ref _next, New()).TrySetResult();

    internal Task EndOf(WorkflowId id) => _ends.GetOrAdd(id, _ => New()).Task;

    internal void Ended(WorkflowId id)
    {
        Hear(id);
        PassOn?.Invoke(id);
    }

    internal void Forget(WorkflowId id) => _ends.TryRemove(id, out _);

    static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
