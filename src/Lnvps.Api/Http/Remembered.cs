namespace Lnvps.Api.Http;

/// <summary>An answer that is the same for everybody and may be a little old. It is found once, for all who ask meanwhile, whoever of them goes away.</summary>
/// <param name="time">The real clock.</param>
/// <param name="fresh">How old an answer may be, from the moment its finding began.</param>
sealed class Remembered<T>(TimeProvider time, TimeSpan fresh)
{
    readonly Lock _gate = new();
    Task<T>? _answer;
    long _began;

    /// <param name="find">Finds the answer anew. What it throws, all who waited for it get; who asks then tries again.</param>
    /// <param name="stop">Ends this caller's waiting only.</param>
    public Task<T> Get(Func<CancellationToken, Task<T>> find, CancellationToken stop)
    {
        lock (_gate)
        {
            if (_answer is null or { IsFaulted: true } or { IsCanceled: true } || time.GetElapsedTime(_began) >= fresh)
            {
                _began = time.GetTimestamp();
                // Elsewhere, so that nothing of it runs under the lock.
                _answer = Task.Run(() => find(CancellationToken.None), CancellationToken.None);
            }
            return _answer.WaitAsync(stop);
        }
    }
}
