using System.Security.Cryptography;
using Lnvps.Core.Identity;
using Lnvps.Core.Money;
using Lnvps.Core.Time;
using Lnvps.Lightning.Development;
using Lnvps.Lightning.Nodes;
using Lnvps.Platform.Payments;
using Lnvps.Testing.Databases;
using Lnvps.Testing.Time;

namespace Lnvps.Platform.Tests.Payments;

public class DevelopmentInvoicesTests
{
    static DevelopmentInvoice Some(byte number) => new()
    {
        PaymentHash = new Bytes32([.. Enumerable.Repeat(number, 32)]),
        Preimage = new Bytes32([.. Enumerable.Repeat((byte)(number + 100), 32)]),
        PaymentRequest = "lnbcrt" + new string((char)('a' + number), 700),
        Amount = new Msat(2_100_000_000_000_000_000),
        Expires = Instant.Utc(2026, 2, 19, 10, 10),
    };

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task Keeps_the_first_key(DatabaseKind kind)
    {
        await using var database = await TestDatabases.Create(kind);
        var store = new DevelopmentInvoices(database.Db);
        var keys = await Task.WhenAll(Enumerable.Range(1, 8).Select(n => store.NodeKey(Some((byte)n).PaymentHash, default)));
        Assert.Single(keys.Distinct());
        Assert.Equal(keys[0], await new DevelopmentInvoices(database.Db).NodeKey(Some(99).PaymentHash, default));
        Assert.Equal(0UL, await store.LastSettleIndex(default));
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task Gives_back_what_was_stored(DatabaseKind kind)
    {
        await using var database = await TestDatabases.Create(kind);
        var store = new DevelopmentInvoices(database.Db);
        await store.NodeKey(Some(1).PaymentHash, default);
        await store.Add(Some(1), default);
        await store.Add(Some(2), default);
        await store.Add(Some(3), default);
        Assert.Equal(Some(1), await store.Find(Some(1).PaymentHash, default));
        Assert.Null(await store.Find(Some(9).PaymentHash, default));

        await store.Cancel(Some(2).PaymentHash, default);
        Assert.Equal(Some(2) with { State = InvoiceState.Cancelled }, await store.Find(Some(2).PaymentHash, default));
        Assert.Null(await store.Settle(Some(2).PaymentHash, default));
        Assert.Null(await store.Settle(Some(9).PaymentHash, default));

        Assert.Equal(1UL, await store.Settle(Some(3).PaymentHash, default));
        Assert.Null(await store.Settle(Some(3).PaymentHash, default));
        await store.Cancel(Some(3).PaymentHash, default);
        Assert.Equal(Some(3) with { State = InvoiceState.Settled, SettleIndex = 1 }, await store.Find(Some(3).PaymentHash, default));
        Assert.Equal(2UL, await store.Settle(Some(1).PaymentHash, default));
        Assert.Equal(2UL, await store.LastSettleIndex(default));
        Assert.Equal([new Settlement(Some(3).PaymentHash, 1), new Settlement(Some(1).PaymentHash, 2)], await store.SettledAfter(0, 10, default));
        Assert.Equal([new Settlement(Some(3).PaymentHash, 1)], await store.SettledAfter(0, 1, default));
        Assert.Equal([new Settlement(Some(1).PaymentHash, 2)], await store.SettledAfter(1, 10, default));
        Assert.Empty(await store.SettledAfter(2, 10, default));
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task Gives_each_of_many_settlements_at_once_an_index_of_its_own(DatabaseKind kind)
    {
        await using var database = await TestDatabases.Create(kind);
        var store = new DevelopmentInvoices(database.Db);
        await store.NodeKey(Some(1).PaymentHash, default);
        for (byte n = 0; n < 20; n++)
            await store.Add(Some(n), default);
        var indices = await Task.WhenAll(Enumerable.Range(0, 40).Select(n => Task.Run(() => store.Settle(Some((byte)(n / 2)).PaymentHash, default))));
        Assert.Equal(Enumerable.Range(1, 20).Select(n => (ulong?)n), indices.Where(index => index is not null).Order());
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task Carries_a_node_over_a_restart(DatabaseKind kind)
    {
        await using var database = await TestDatabases.Create(kind);
        var clock = new SetClock(Instant.Utc(2026, 2, 19, 10));
        Task<DevelopmentNode> Start() =>
            DevelopmentNode.Open(new DevelopmentInvoices(database.Db), clock, TimeProvider.System, RandomNumberGenerator.Create(), default);

        var first = await Start();
        var invoice = await first.CreateInvoice(new InvoiceRequest(new Msat(5_000), "VM renewal 1", null, TimeSpan.FromMinutes(10)), default);
        Assert.True((await first.Pay(invoice.PaymentRequest, default)).IsOk);

        var second = await Start();
        Assert.Equal(first.Id, second.Id);
        Assert.Equal(new InvoiceStatus(InvoiceState.Settled, 1), await second.LookUp(invoice.PaymentHash, default));
        var next = await second.CreateInvoice(new InvoiceRequest(new Msat(5_000), "VM renewal 1", null, TimeSpan.FromMinutes(10)), default);
        await using var watch = second.WatchSettled(1, default).GetAsyncEnumerator();
        // Paid at the other instance: found by polling.
        Assert.True((await first.Pay(next.PaymentRequest, default)).IsOk);
        Assert.True(await watch.MoveNextAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(10)));
        Assert.Equal(new Settlement(next.PaymentHash, 2), watch.Current);
    }
}
