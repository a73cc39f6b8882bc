namespace Lnvps.Platform.Worker;

/// <summary>Wakes a loop of this worker for a round ahead of its timer. Only a short cut: a signal that is lost costs no more than one interval.</summary>
sealed class WorkerSignal
{
    TaskCompletionSource _next = New();

    /// <summary>Completes at the next <see cref="Set"/>. Take it before a round, so that no signal falls in between.</summary>
    public Task Next => Volatile.Read(ref _next).Task;

    /// <summary>Something may be due.</summary>
    public void Set() => Interlocked.Exchange(ref _next, New()).TrySetResult();

    static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
