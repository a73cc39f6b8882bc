using System.Collections.Concurrent;
using System.Globalization;
using Xunit.Abstractions;

namespace Lnvps.Api.Tests.Simulation;

/// <summary>
/// A shop lives through random events while host, node and database misbehave and its processes are killed; after each event its books are in order, and when
/// the trouble is over, what exists is what the database says. <c>LNVPS_SEED=17</c> plays one seed again, <c>LNVPS_SEED=17-42</c> several.
/// </summary>
public class SimulationTests(ITestOutputHelper output)
{
    const int Seeds = 1000;
    const int Least = 5;

    /// <summary>What must have happened, each at least <see cref="Least"/> times, lest the simulation prove nothing.</summary>
    static readonly string[] Expected =
    [
        "host fails Before", "host fails Midway", "host fails After", "host fails Transient", "host fails Fatal", "steps retried", "steps failed", "steps taken over",
        "node fails before making an invoice", "node fails after making an invoice",
        "database refuses", "database away", "commit RolledBack", "commit LostBefore", "commit LostAfter", "killed",
        "completed by stream", "completed by sweep", "paid late", "top-up", "invoice refused: NotFound",
        "create-vm Succeeded", "create-vm Undone", "delete-vm Succeeded", "reinstall-vm Succeeded", "reinstall-vm Undone", "start-vm Succeeded", "stop-vm Succeeded",
        "restart-vm Succeeded", "configure-vm Succeeded", "upgrade-vm Succeeded",
        "history Expired", "history Deleted", "history Renewed", "told expiring-soon", "told expired", "told deleted", "told late-payment",
        "cards fail before", "cards fail busy", "cards fail after", "cards fail garbled", "paid by card", "paid wrongly by card", "completed by card message", "completed by card sweep",
        "subscription paid", "range allocated", "range refused", "told subscription expiring-soon", "told subscription expired", "told subscription ended", "told subscription none-free",
        "payment held up", "refund-vm Succeeded", "refund-vm Undone",
    ];

    /// <summary>What takes so many chances together that once is enough.</summary>
    static readonly string[] Seldom =
    [
        "node fails before looking up", "node fails after looking up", "node fails before looking up a payment", "node fails after looking up a payment",
        "invoice refused: Conflict", "told revived", "refund-vm Failed",
    ];

    [Fact]
    [Trait("Speed", "slow")]
    public async Task The_books_are_in_order_whatever_happens()
    {
        var wanted = Environment.GetEnvironmentVariable("LNVPS_SEED");
        var bounds = (wanted ?? $"1-{Seeds}").Split('-').Select(bound => int.Parse(bound, CultureInfo.InvariantCulture)).ToList();
        var seeds = Enumerable.Range(bounds[0], bounds[^1] - bounds[0] + 1);
        var tally = new Tally();
        var failures = new ConcurrentQueue<string>();
        await Parallel.ForEachAsync(seeds, async (seed, _) =>
        {
            try
            {
                await Play(seed, tally);
            }
            catch (Exception error)
            {
                failures.Enqueue($"LNVPS_SEED={seed}: {error}");
            }
        });
        output.WriteLine(tally.ToString());
        Assert.True(failures.IsEmpty, $"{failures.Count} seeds failed. {string.Join("\n\n", failures.Take(3))}\n{tally}");
        if (wanted is not null)
            return;
        Assert.All(Expected, what => Assert.True(tally[what] >= Least, $"'{what}' happened {tally[what]} times: {tally}"));
        Assert.All(Seldom, what => Assert.True(tally[what] > 0, $"'{what}' never happened: {tally}"));
    }

    [Fact]
    public async Task A_seed_plays_the_same_each_time()
    {
        var (first, second) = (new Tally(), new Tally());
        for (var seed = 1; seed <= 5; seed++)
            Assert.Equal(await Play(seed, first), await Play(seed, second));
        Assert.Equal(first.ToString(), second.ToString());
    }

    static async Task<IReadOnlyList<string>> Play(int seed, Tally tally)
    {
        await using var shop = await SimulatedShop.Open(seed, tally);
        var life = new Life(shop);
        await life.Live();
        return life.Story;
    }
}
