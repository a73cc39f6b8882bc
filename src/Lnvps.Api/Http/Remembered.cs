namespace Lnvps.Api.Http;

/// <summary>An answer that is the same for everybody and may be a little old. One caller finds it, the others wait for that one.</summary>
/// <param name="time">The real clock.</param>
/// <param name="fresh">How old an answer may be.</param>
sealed class Remembered<T>(TimeProvider time, TimeSpan fresh) : IDisposable where T : class
{
    readonly SemaphoreSlim _gate = new(1);
    volatile Entry? _last;

    sealed record Entry(T Value, long At);

    /// <param name="find">Finds the answer anew; what it throws is this caller's alone, the next one tries again.</param>
    public async Task<T> Get(Func<Task<T>> find, CancellationToken stop)
    {
        if (Fresh is { } known)
            return known;
        await _gate.WaitAsync(stop);
        try
        {
            if (Fresh is { } meanwhile)
                return meanwhile;
            // As old as the moment at which the finding began.
            var at = time.GetTimestamp();
            var value = await find();
            _last = new Entry(value, at);
            return value;
        }
        finally
        {
            _gate.Release();
        }
    }

    T? Fresh => _last is { } last && time.GetElapsedTime(last.At) < fresh ? last.Value : null;

    public void Dispose() => _gate.Dispose();
}
