namespace Lnvps.Hosting.Images;

/// <summary>One holder per key at a time; keys nobody wants take no memory.</summary>
sealed class KeyedLock<TKey> where TKey : notnull
{
    readonly Dictionary<TKey, (SemaphoreSlim Gate, int Users)> _gates = [];

    /// <summary>Waits for the key; disposing the result gives it back.</summary>
    public async Task<IDisposable> Enter(TKey key, CancellationToken stop)
    {
        SemaphoreSlim gate;
        lock (_gates)
        {
            var (known, users) = _gates.GetValueOrDefault(key);
            gate = known ?? new SemaphoreSlim(1);
            _gates[key] = (gate, users + 1);
        }
        try
        {
            await gate.WaitAsync(stop);
        }
        catch
        {
            Leave(key);
            throw;
        }
        return new Holder(this, key, gate);
    }

    void Leave(TKey key)
    {
        lock (_gates)
        {
            var (gate, users) = _gates[key];
            if (users > 1)
            {
                _gates[key] = (gate, users - 1);
                return;
            }
            _gates.Remove(key);
            gate.Dispose();
        }
    }

    sealed class Holder(KeyedLock<TKey> owner, TKey key, SemaphoreSlim gate) : IDisposable
    {
        bool _left;

        public void Dispose()
        {
            if (_left)
                return;
            _left = true;
            gate.Release();
            owner.Leave(key);
        }
    }
}
