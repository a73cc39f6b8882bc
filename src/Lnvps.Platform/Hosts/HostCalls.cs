using System.Collections.Concurrent;
using Lnvps.Core.Identity;
using Lnvps.Core.Outcomes;
using Lnvps.Database.Hosts;
using Lnvps.Hosting.Hosts;

namespace Lnvps.Platform.Hosts;

/// <summary>
/// Asks hosts without ever waiting longer than a limit, also for one that ignores being cancelled: its call is left to itself, and the host is not asked again
/// before that call has come back. Every failure is an <see cref="OutsideFault"/>.
/// </summary>
public sealed class HostCalls(HostRegistry registry, TimeProvider time)
{
    /// <summary>Longest wait for one answer.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    readonly ConcurrentDictionary<HostId, Task> _hanging = [];

    public async Task<T> Ask<T>(HostRow row, Func<IVmHost, CancellationToken, Task<T>> question, CancellationToken stop)
    {
        if (_hanging.TryGetValue(row.Id, out var earlier))
        {
            if (!earlier.IsCompleted)
                throw OutsideFault.Transient($"{row.Name}: an earlier question is still unanswered");
            _hanging.TryRemove(new KeyValuePair<HostId, Task>(row.Id, earlier));
        }
        var host = registry.For(row);
        using var limit = new CancellationTokenSource(Limit, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(stop, limit.Token);
        // On a thread of its own, since an adapter may block before it awaits anything.
        var call = Task.Run(() => question(host, both.Token), CancellationToken.None);
        try
        {
            return await call.WaitAsync(both.Token);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            if (!call.IsCompleted)
                _hanging[row.Id] = call;
            _ = Close(call);
            throw OutsideFault.Transient($"{row.Name}: no answer within {Limit.TotalSeconds} s");
        }
        catch (Exception error) when (error is not (OutsideFault or OperationCanceledException))
        {
            throw OutsideFault.Transient($"{row.Name}: {error.GetType().Name}", error);
        }
    }

    /// <summary>What a call that nobody waits for any more opens all the same, such as a console, would stay open for ever.</summary>
    static async Task Close<T>(Task<T> call)
    {
        try
        {
            if (await call is IAsyncDisposable opened)
                await opened.DisposeAsync();
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            // It opened nothing, or the host is gone with it.
        }
    }
}
