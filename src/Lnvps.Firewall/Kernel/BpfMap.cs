using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Lnvps.Firewall.Kernel;

/// <summary>A map of the kernel with keys and values of fixed layout. Values of per-processor maps are one <typeparamref name="TValue"/> for
/// each possible processor; see <see cref="PerProcessor"/>.</summary>
sealed unsafe class BpfMap<TKey, TValue>(BpfDescriptor descriptor, string name, uint entries, bool perProcessor) : IDisposable
    where TKey : unmanaged
    where TValue : unmanaged
{
    const int BatchSize = 2048;

    public BpfDescriptor Descriptor => descriptor;
    public bool PerProcessor => perProcessor;

    /// <summary>Values for each key: 1, or the number of possible processors.</summary>
    public int Width { get; } = perProcessor ? KernelException.Check(LibBpf.PossibleProcessors(), "Counting processors") : 1;

    public TValue? Find(TKey key)
    {
        if (perProcessor)
            throw new InvalidOperationException("Per-processor values are read with FindAll");
        TValue value;
        var result = LibBpf.Look(descriptor, (byte*)&key, (byte*)&value);
        return result == -KernelException.NotFound ? null : KernelException.Check(result, $"Reading {name}") == 0 ? value : null;
    }

    /// <summary>The values of all possible processors; null when the key is not there. Kernel strides are multiples of 8 bytes, as all layouts here are.</summary>
    public TValue[]? FindAll(TKey key)
    {
        var values = new TValue[Width];
        int result;
        fixed (TValue* first = values)
            result = LibBpf.Look(descriptor, (byte*)&key, (byte*)first);
        return result == -KernelException.NotFound ? null : KernelException.Check(result, $"Reading {name}") == 0 ? values : null;
    }

    public void Set(TKey key, TValue value) =>
        KernelException.Check(LibBpf.Update(descriptor, (byte*)&key, (byte*)&value, 0), $"Writing {name}");

    /// <summary>False when it was not there.</summary>
    public bool Remove(TKey key)
    {
        var result = LibBpf.Delete(descriptor, (byte*)&key);
        return result != -KernelException.NotFound && KernelException.Check(result, $"Removing from {name}") == 0;
    }

    /// <summary>Keys at this moment. A map that changes meanwhile may start over: no more steps than it has entries, no key twice.</summary>
    public HashSet<TKey> Keys()
    {
        var keys = new HashSet<TKey>();
        TKey key = default, next;
        for (uint step = 0; step < entries; step++)
        {
            var result = LibBpf.NextKey(descriptor, step == 0 ? null : (byte*)&key, (byte*)&next);
            if (result == -KernelException.NotFound)
                break;
            KernelException.Check(result, $"Reading {name}");
            key = next;
            keys.Add(key);
        }
        return keys;
    }

    /// <summary>Everything in the map: for each key <see cref="Width"/> values. In batches where the kernel has them.</summary>
    public Dictionary<TKey, TValue[]> ReadAll()
    {
        var all = new Dictionary<TKey, TValue[]>();
        return TryReadBatches(all) ? all : ReadEach();
    }

    bool TryReadBatches(Dictionary<TKey, TValue[]> all)
    {
        var size = (int)Math.Min(BatchSize, Math.Max(entries, 1));
        var keys = new TKey[size];
        var values = new TValue[size * Width];
        ulong from = 0, next = 0;
        fixed (TKey* firstKey = keys)
        fixed (TValue* firstValue = values)
        {
            for (uint read = 0, round = 0; read < entries || round == 0; round++)
            {
                var count = (uint)size;
                var result = LibBpf.LookBatch(descriptor, round == 0 ? null : &from, &next, (byte*)firstKey, (byte*)firstValue, &count, 0);
                // A bucket of the kernel's table larger than the batch, or a kernel without batches for this kind of map.
                if (result < 0 && result != -KernelException.NotFound)
                    return false;
                for (var i = 0; i < count; i++)
                    all[keys[i]] = values.AsSpan(i * Width, Width).ToArray();
                if (result == -KernelException.NotFound)
                    return true;
                read += count;
                from = next;
            }
        }
        return true;
    }

    Dictionary<TKey, TValue[]> ReadEach()
    {
        var all = new Dictionary<TKey, TValue[]>();
        foreach (var key in Keys())
        {
            if (FindAll(key) is { } values)
                all[key] = values;
        }
        return all;
    }

    public void Dispose() => descriptor.Dispose();
}
