using System.Collections.Concurrent;
using Lnvps.Health.Alerts;
using Lnvps.Health.Checks;
using Lnvps.Health.Metrics;
using Lnvps.Health.Monitoring;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Lnvps.Health.Tests.Monitoring;

public class HealthMonitorTests
{
    static readonly TimeSpan s_patience = TimeSpan.FromMinutes(1);

    readonly FakeTimeProvider _time = new();
    readonly HealthMetrics _metrics = new();

    HealthMonitor Monitor(params ICheck[] checks) => new(checks,
        new AlertDesk(null, TimeSpan.FromHours(1), _metrics, _time, NullLogger<AlertDesk>.Instance), _metrics, _time, NullLogger<HealthMonitor>.Instance);

    [Fact]
    public async Task A_check_that_throws_is_an_error_and_the_others_run()
    {
        var runs = await Monitor(
            new SomeCheck("throws", _ => throw new InvalidOperationException("broken")),
            new SomeCheck("passes", _ => Task.FromResult(SomeCheck.Passed()))).Cycle(CancellationToken.None);
        Assert.Equal(
            [("throws", CheckState.Error, "InvalidOperationException: broken"), ("passes", CheckState.Passed, "fine")],
            runs.Select(run => (run.Check.Id, run.Result.State, run.Result.Message)));
        Assert.Contains("health_check_status{check_id=\"throws\",name=\"throws (v4)\"} 0\n", _metrics.Write(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_check_that_takes_too_long_is_an_error()
    {
        var begun = new TaskCompletionSource();
        var cycle = Monitor(new SomeCheck("hangs", async stop =>
        {
            begun.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, _time, stop);
            return SomeCheck.Passed();
        })).Cycle(CancellationToken.None);
        await begun.Task.WaitAsync(s_patience);
        _time.Advance(TimeSpan.FromSeconds(15));
        Assert.Equal("not done within 15 s", Assert.Single(await cycle.WaitAsync(s_patience)).Result.Message);
    }

    [Fact]
    public async Task At_most_eight_run_at_a_time_and_results_show_as_they_come()
    {
        var release = new TaskCompletionSource();
        var running = new ConcurrentDictionary<string, bool>();
        var checks = Enumerable.Range(0, 20).Select(i => new SomeCheck($"check{i}", async _ =>
        {
            if (i == 0)
                return SomeCheck.Passed();
            running[$"check{i}"] = true;
            Assert.InRange(running.Count, 1, 8);
            await release.Task;
            running.TryRemove($"check{i}", out var gone);
            return SomeCheck.Passed();
        })).ToArray();
        var cycle = Monitor(checks).Cycle(CancellationToken.None);
        await Until(() => running.Count == 8 && _metrics.Write().Contains("check_id=\"check0\"", StringComparison.Ordinal));
        release.SetResult();
        Assert.All(await cycle.WaitAsync(s_patience), run => Assert.Equal(CheckState.Passed, run.Result.State));
    }

    [Fact]
    public async Task Cycles_begin_an_interval_apart_and_one_late_cycle_is_followed_by_one_at_once()
    {
        var starts = new ConcurrentQueue<DateTimeOffset>();
        var origin = _time.GetUtcNow();
        var gates = Enumerable.Range(0, 4).Select(_ => new TaskCompletionSource()).ToArray();
        using var stop = new CancellationTokenSource();
        var run = Monitor(new SomeCheck("check", async _ =>
        {
            var number = starts.Count;
            starts.Enqueue(_time.GetUtcNow());
            await gates[number].Task;
            return SomeCheck.Passed();
        })
        { Limit = TimeSpan.FromDays(1) }).Run(TimeSpan.FromSeconds(600), stop.Token);

        await Until(() => starts.Count == 1);
        _time.Advance(TimeSpan.FromSeconds(500));
        gates[0].SetResult();
        // Nudged, because the wait begins at a moment that nobody can see. An interval after the end would be 1,100 s.
        await Until(() => starts.Count == 2, () => _time.Advance(TimeSpan.FromSeconds(1)));
        Assert.InRange((starts.Last() - origin).TotalSeconds, 600, 1090);
        var second = starts.Last();
        _time.Advance(TimeSpan.FromSeconds(1500));
        gates[1].SetResult();
        await Until(() => starts.Count == 3);
        Assert.Equal(1500, (starts.Last() - second).TotalSeconds);
        gates[2].SetResult();
        var third = starts.Last();
        await Until(() => starts.Count == 4, () => _time.Advance(TimeSpan.FromSeconds(20)));
        Assert.True((starts.Last() - third).TotalSeconds >= 600);
        await stop.CancelAsync();
        gates[3].SetResult();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run.WaitAsync(s_patience));
    }

    static async Task Until(Func<bool> condition, Action? nudge = null)
    {
        for (var look = 0; !condition(); look++)
        {
            Assert.True(look < 6000, "it does not happen");
            nudge?.Invoke();
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        }
    }
}
