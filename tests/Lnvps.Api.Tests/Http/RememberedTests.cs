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
        using var remembered = new Remembered<string>(_time, TimeSpan.FromSeconds(2));
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
        using var remembered = new Remembered<string>(_time, TimeSpan.FromSeconds(2));
        await Assert.ThrowsAsync<InvalidOperationException>(() => remembered.Get(() => throw new InvalidOperationException(), default));
        Assert.Equal("1", await remembered.Get(Find, default));
    }

    async Task<string> Find()
    {
        await Task.Yield();
        return $"{Interlocked.Increment(ref _found)}";
    }
}
