using Lnvps.Nostr.HttpAuth;
using Lnvps.Nostr.Tests.Events;

namespace Lnvps.Nostr.Tests.HttpAuth;

/// <summary>Every request pays for this check, also those of strangers: it takes no memory, whatever the outcome.</summary>
public class Nip98AllocationTests
{
    static readonly Nip98Request s_request = new("GET", "/api/v1/vm", Sample.Now);

    [Theory]
    [InlineData("https://api.lnvps.net/api/v1/vm?limit=5", Nip98Outcome.Ok)]
    [InlineData("https://api.lnvps.net/api/v1/other", Nip98Outcome.OtherPath)]
    public void A_check_allocates_nothing(string url, Nip98Outcome outcome)
    {
        var header = Nip98.Sign(Sample.Key, "GET", url, Sample.Now);
        Assert.Equal(outcome, Nip98.VerifyHeader(header, s_request).Outcome);
        Assert.Equal(0, Allocated(header));
    }

    [Fact]
    public void A_header_too_long_for_the_stack_borrows_its_memory()
    {
        var header = Nip98.Sign(Sample.Key, "GET", "https://api.lnvps.net/api/v1/vm?" + new string('x', 5_000), Sample.Now);
        Assert.True(Nip98.VerifyHeader(header, s_request).IsOk);
        Assert.Equal(0, Allocated(header));
    }

    static long Allocated(string header)
    {
        for (var i = 0; i < 200; i++)
            Nip98.VerifyHeader(header, s_request);
        // The runtime may still allocate for itself once (compilation of a hotter version), so the best of three counts.
        return Enumerable.Range(0, 3).Min(_ =>
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 100; i++)
                Nip98.VerifyHeader(header, s_request);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        });
    }
}
