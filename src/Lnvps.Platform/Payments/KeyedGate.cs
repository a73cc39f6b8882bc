namespace Lnvps.Platform.Payments;

/// <summary>Does one piece of work at a time for each key, in this process. Work for other keys does not wait.</summary>
sealed class KeyedGate<TKey> where TKey : notnull
{
    readonly Dictionary<TKey, Turn> _turns = [];

    public async Task<T> Run<T>(TKey key, Func<Task<T>> work, CancellationToken stop)
    {
        var turn = Enter(key);
        try
        {
            await turn.Free.WaitAsync(stop);
            try
            {
                return await work();
            }
            finally
            {
                turn.Free.Release();
            }
        }
        finally
        {
            Leave(key, turn);
        }
    }

    Turn Enter(TKey key)
    {
        lock (_turns)
        {
            if (!_turns.TryGetValue(key, out var turn))
                _turns[key] = turn = new Turn();
            turn.Users++;
            return turn;
        }
    }

    void Leave(TKey key, Turn turn)
    {
        lock (_turns)
        {
            if (--turn.Users > 0)
                return;
            _turns.Remove(key);
            turn.Free.Dispose();
        }
    }

    sealed class Turn
    {
        public SemaphoreSlim Free { get; } = new(1, 1);

        /// <summary>Who works or waits.</summary>
        public int Users { get; set; }
    }
}
