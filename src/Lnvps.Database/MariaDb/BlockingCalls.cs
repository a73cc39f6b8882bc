using System.Diagnostics.CodeAnalysis;

namespace Lnvps.Database.MariaDb;

/// <summary>
/// Threads on which the blocking calls of the library run for asynchronous callers. They are not the pool's: a few dozen waiting
/// statements would starve it, and with it timers and HTTP. There are never more than calls under way; idle ones end.
/// </summary>
static class BlockingCalls
{
    static readonly TimeSpan IdleTime = TimeSpan.FromSeconds(10);
    const int StackBytes = 512 * 1024;

    static readonly Lock Gate = new();
    static readonly List<Worker> Idle = [];

    /// <summary>
    /// How many calls may block threads of the pool at a time. The pool begins with as many threads more, so that none of its work waits for them; should the server
    /// fall silent, all further calls go to threads of their own.
    /// </summary>
    static readonly int PlacesHere = 2 * Environment.ProcessorCount;

    static int s_here;

    static BlockingCalls()
    {
        ThreadPool.GetMinThreads(out var workers, out var completions);
        ThreadPool.SetMinThreads(workers + PlacesHere, completions);
    }

    /// <summary>
    /// Runs a call that is short on this thread, which spares two changes of threads: as much as the server needs for its answer. False when enough calls do so or this is
    /// no thread of the pool.
    /// </summary>
    internal static bool TryHere<T>(Func<T> call, [NotNullWhen(true)] out Task<T>? answer)
    {
        answer = null;
        if (!Thread.CurrentThread.IsThreadPoolThread)
            return false;
        try
        {
            if (Interlocked.Increment(ref s_here) > PlacesHere)
                return false;
            answer = Task.FromResult(call());
        }
        catch (OperationCanceledException cancelled)
        {
            answer = Task.FromCanceled<T>(cancelled.CancellationToken);
        }
        catch (Exception error)
        {
            answer = Task.FromException<T>(error);
        }
        finally
        {
            Interlocked.Decrement(ref s_here);
        }
        return true;
    }

    /// <summary>Runs <paramref name="call"/>; its exception becomes the task's, and a cancellation its cancellation.</summary>
    internal static Task<T> Run<T>(Func<T> call)
    {
        var completion = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        Give(() =>
        {
            try
            {
                completion.SetResult(call());
            }
            catch (OperationCanceledException cancelled)
            {
                completion.SetCanceled(cancelled.CancellationToken);
            }
            catch (Exception error)
            {
                completion.SetException(error);
            }
        });
        return completion.Task;
    }

    internal static Task Run(Action call) => Run(() =>
    {
        call();
        return true;
    });

    static void Give(Action job)
    {
        Worker? worker = null;
        lock (Gate)
        {
            if (Idle.Count > 0)
            {
                worker = Idle[^1];
                Idle.RemoveAt(Idle.Count - 1);
            }
        }
        if (worker is null)
            new Worker(job).Start();
        else
            worker.Wake(job);
    }

    sealed class Worker(Action firstJob) : IDisposable
    {
        readonly SemaphoreSlim _signal = new(0);
        Action? _job = firstJob;

        internal void Start() => new Thread(Work, StackBytes) { IsBackground = true, Name = "MariaDB" }.Start();

        public void Dispose() => _signal.Dispose();

        internal void Wake(Action job)
        {
            _job = job;
            _signal.Release();
        }

        void Work()
        {
            do
            {
                _job!();
                _job = null;
                lock (Gate)
                    Idle.Add(this);
            }
            while (_signal.Wait(IdleTime) || !Retired());
            Dispose();
        }

        /// <summary>Leaves, unless a job was given at the last moment; then it waits for the signal that is on its way.</summary>
        bool Retired()
        {
            lock (Gate)
            {
                if (Idle.Remove(this))
                    return true;
            }
            _signal.Wait();
            return false;
        }
    }
}
