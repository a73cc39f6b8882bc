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

    /// <summary>There may be work.</summary>
    public void Set() => Interlocked.Exchange(ref _next, New()).TrySetResult();

    internal Task EndOf(WorkflowId id) => _ends.GetOrAdd(id, _ => New()).Task;

    internal void Ended(WorkflowId id)
    {
        if (_ends.TryRemove(id, out var end))
            end.TrySetResult();
        Set();
    }

    internal void Forget(WorkflowId id) => _ends.TryRemove(id, out _);

    static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
