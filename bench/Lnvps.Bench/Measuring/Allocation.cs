namespace Lnvps.Bench.Measuring;

/// <summary>Bytes allocated by one operation: the same on every machine, hence a gate.</summary>
static class Allocation
{
    const int WarmUp = 200, Count = 1_000;

    /// <summary>Of a synchronous operation that stays on its thread.</summary>
    public static double PerOperation(Action<int> operation)
    {
        for (var i = 0; i < WarmUp; i++)
            operation(i);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < Count; i++)
            operation(i);
        return (GC.GetAllocatedBytesForCurrentThread() - before) / (double)Count;
    }

    /// <summary>Of an operation that may go on in other threads; whatever else allocates meanwhile is counted with it.</summary>
    public static async Task<double> PerOperation(Func<int, ValueTask> operation)
    {
        for (var i = 0; i < WarmUp; i++)
            await operation(i);
        var before = GC.GetTotalAllocatedBytes(precise: true);
        for (var i = 0; i < Count; i++)
            await operation(i);
        return (GC.GetTotalAllocatedBytes(precise: true) - before) / (double)Count;
    }
}
