namespace Lnvps.Lightning.Development;

/// <summary>Wakes whoever waits in this process when an invoice was settled.</summary>
sealed class SettledSignal
{
    TaskCompletionSource _next = New();

    /// <summary>Completes at the next settlement. Take it before reading the store, so that none falls in between.</summary>
    public Task Next => Volatile.Read(ref _next).Task;

    public void Fire() => Interlocked.Exchange(ref _next, New()).SetResult();

    static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
