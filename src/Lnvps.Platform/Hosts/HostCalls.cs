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
            // The answer came together with the end of patience: what it holds open would be lost.
            if (call.IsCompletedSuccessfully)
                return await call;
            if (!call.IsCompleted)
                _hanging[row.Id] = call;
            throw OutsideFault.Transient($"{row.Name}: no answer within {Limit.TotalSeconds} s");
        }
        catch (Exception error) when (error is not (OutsideFault or OperationCanceledException))
        {
            throw OutsideFault.Transient($"{row.Name}: {error.GetType().Name}", error);
        }
    }
}
