using Lnvps.Core.Outcomes;
using Lnvps.Hosting.LibVirt.Native;

namespace Lnvps.Hosting.LibVirt;

/// <summary>
/// One host's connection, opened when first needed and again when found dead. The library blocks, so every call runs on a thread of its own
/// and never on one that serves requests. A call that has begun is not abandoned: the library gives up by itself on a host that fell silent.
/// </summary>
sealed class LibVirtConnection(string uri) : IDisposable
{
    // Enough to keep a host busy, few enough that a dead host holds little.
    const int ShortCalls = 8, LongCalls = 2;

    readonly Lock _gate = new();
    readonly SemaphoreSlim _short = new(ShortCalls);
    readonly SemaphoreSlim _long = new(LongCalls);
    Connection? _connection;
    bool _disposed;

    /// <summary>Runs calls that take moments.</summary>
    /// <param name="what">For the error text: what was being done.</param>
    /// <exception cref="OutsideFault">As the host's answer is classified, or transient when it cannot be reached.</exception>
    public Task<T> Run<T>(string what, Func<Connection, T> calls, CancellationToken stop) => Run(_short, what, calls, stop);

    /// <summary>Runs calls that move whole disks; they wait for each other and not for the short ones.</summary>
    public Task<T> RunLong<T>(string what, Func<Connection, T> calls, CancellationToken stop) => Run(_long, what, calls, stop);

    public Task Run(string what, Action<Connection> calls, CancellationToken stop) => Run(_short, what, Nothing(calls), stop);

    public Task RunLong(string what, Action<Connection> calls, CancellationToken stop) => Run(_long, what, Nothing(calls), stop);

    static Func<Connection, bool> Nothing(Action<Connection> calls) => connection =>
    {
        calls(connection);
        return true;
    };

    async Task<T> Run<T>(SemaphoreSlim places, string what, Func<Connection, T> calls, CancellationToken stop)
    {
        await places.WaitAsync(stop);
        try
        {
            return await Task.Factory.StartNew(
                () =>
                {
                    try
                    {
                        return calls(Live());
                    }
                    catch (LibVirtException refused)
                    {
                        throw refused.ToFault(what);
                    }
                },
                stop, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }
        finally
        {
            places.Release();
        }
    }

    Connection Live()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_connection is { IsAlive: true })
                return _connection;
            _connection?.Dispose();
            _connection = null;
            try
            {
                return _connection = Connection.Open(uri);
            }
            catch (LibVirtException refused)
            {
                throw refused.ToFault($"No connection to {Host}");
            }
        }
    }

    /// <summary>The URI without its query, which names key files.</summary>
    string Host => uri.Split('?', 2)[0];

    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            _connection?.Dispose();
            _connection = null;
        }
        _short.Dispose();
        _long.Dispose();
    }
}
