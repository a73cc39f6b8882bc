using Lnvps.Api.Http;
using Microsoft.Extensions.Time.Testing;

namespace Lnvps.Api.Tests.Http;

public class RememberedTests
{
    readonly FakeTimeProvider _time = new();
    int _found;

    [Fact]
    public async Task Is_found_once_while_it_is_fresh_and_anew_afterwards()
    {
        var remembered = new Remembered<string>(_time, TimeSpan.FromSeconds(2));
        await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => remembered.Get(Find, default)));
        Assert.Equal(1, _found);
        _time.Advance(TimeSpan.FromSeconds(1.9));
        Assert.Equal("1", await remembered.Get(Find, default));
        _time.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Equal("2", await remembered.Get(Find, default));
    }

    [Fact]
    public async Task A_failure_is_not_remembered()
    {
        var remembered = new Remembered<string>(_time, TimeSpan.FromSeconds(2));
        await Assert.ThrowsAsync<InvalidOperationException>(() => remembered.Get(_ => throw new InvalidOperationException(), default));
        Assert.Equal("1", await remembered.Get(Find, default));
    }

    [Fact]
    public async Task Who_goes_away_takes_the_answer_from_nobody()
    {
        var remembered = new Remembered<string>(_time, TimeSpan.FromSeconds(2));
        var answer = new TaskCompletionSource<string>();
        using var gone = new CancellationTokenSource();
        var first = remembered.Get(_ => answer.Task, gone.Token);
        var second = remembered.Get(Find, default);
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        answer.SetResult("one");
        Assert.Equal("one", await second);
    }

    async Task<string> Find(CancellationToken stop)
    {
        await Task.Yield();
        return $"{Interlocked.Increment(ref _found)}";
    }
}
