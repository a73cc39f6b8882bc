using System.Data.Common;
using Lnvps.Core.Identity;
using Lnvps.Database.Sessions;
using Lnvps.Database.Workflows;
using Microsoft.Extensions.Logging;

namespace Lnvps.Platform.Workflows.Engine;

/// <summary>
/// Tells any number of readers how workflows go on, wherever they run. While there are readers, one loop looks at all that are followed with two queries; without
/// readers nothing runs.
/// </summary>
public sealed partial class WorkflowFeed(Db db, WorkflowStore store, TimeProvider time, ILogger<WorkflowFeed> log)
{
    /// <summary>Time between two looks.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    readonly Lock _gate = new();
    readonly Dictionary<WorkflowId, Topic> _topics = [];
    bool _isLooking;

    /// <summary>Follows a workflow until disposed of.</summary>
    public Following Follow(WorkflowId id)
    {
        lock (_gate)
        {
            if (!_topics.TryGetValue(id, out var topic))
                _topics[id] = topic = new Topic();
            topic.Readers++;
            if (!_isLooking)
            {
                _isLooking = true;
                // Not in the flow of the request that happens to be the first.
                using (ExecutionContext.SuppressFlow())
                    _ = Task.Run(Look, CancellationToken.None);
            }
            return new Following(this, id, topic);
        }
    }

    async Task Look()
    {
        while (Followed() is { Count: > 0 } ids)
        {
            try
            {
                var reports = await db.Read(session => store.Reports(session, ids, CancellationToken.None), CancellationToken.None);
                lock (_gate)
                {
                    foreach (var report in reports)
                        _topics.GetValueOrDefault(report.Workflow.Id)?.Publish(report);
                }
            }
            catch (Exception error) when (error is DbException or TimeoutException)
            {
                LogFailed(log, error);
            }
            await Task.Delay(Interval, time, CancellationToken.None);
        }
    }

    /// <summary>Empty = nobody reads, and the loop must end.</summary>
    List<WorkflowId> Followed()
    {
        lock (_gate)
        {
            _isLooking = _topics.Count > 0;
            return [.. _topics.Keys];
        }
    }

    void Leave(WorkflowId id, Topic topic)
    {
        lock (_gate)
        {
            if (--topic.Readers == 0)
                _topics.Remove(id);
        }
    }

    internal sealed class Topic
    {
        public int Readers { get; set; }

        public WorkflowReport? Latest { get; private set; }

        public TaskCompletionSource Changed { get; private set; } = New();

        public void Publish(WorkflowReport report)
        {
            if (Latest is { } latest && latest.Workflow == report.Workflow && latest.Steps.Count == report.Steps.Count)
                return;
            Latest = report;
            var changed = Changed;
            Changed = New();
            changed.TrySetResult();
        }

        static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>One reader's view of a workflow.</summary>
    public sealed class Following : IDisposable
    {
        readonly WorkflowFeed _feed;
        readonly WorkflowId _id;
        readonly Topic _topic;
        bool _left;

        internal Following(WorkflowFeed feed, WorkflowId id, Topic topic) => (_feed, _id, _topic) = (feed, id, topic);

        /// <summary>What was seen last (null = nothing yet), and what completes when that is no longer the latest.</summary>
        public (WorkflowReport? Latest, Task Changed) Look()
        {
            lock (_feed._gate)
                return (_topic.Latest, _topic.Changed.Task);
        }

        public void Dispose()
        {
            if (_left)
                return;
            _left = true;
            _feed.Leave(_id, _topic);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The progress of actions could not be read")]
    static partial void LogFailed(ILogger logger, Exception error);
}
