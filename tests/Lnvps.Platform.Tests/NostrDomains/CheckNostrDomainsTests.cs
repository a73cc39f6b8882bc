using Lnvps.Core.Identity;
using Lnvps.Core.NostrDomains;
using Lnvps.Database.NostrDomains;
using Lnvps.Platform.NostrDomains;
using Lnvps.Platform.Tests.Worker;
using Lnvps.Testing.Databases;
using Lnvps.Testing.Servers;
using Microsoft.Extensions.Logging.Abstractions;
using static Lnvps.Platform.Tests.Worker.WorkerRig;

namespace Lnvps.Platform.Tests.NostrDomains;

/// <summary>Customers' domains against a real DNS server.</summary>
public sealed class CheckNostrDomainsTests
{
    const string Host = "names.example";
    static readonly string[] HostRecords = [$"--host-record={Host},192.0.2.1,2001:db8::1"];

    sealed class Rig(WorkerRig rig) : IAsyncDisposable
    {
        public DnsServer Dns { get; } = new();
        public WorkerRig Worker => rig;

        public static async Task<Rig> Create(DatabaseKind kind)
        {
            var made = new Rig(await WorkerRig.Create(kind));
            await made.Dns.Serve(HostRecords);
            return made;
        }

        public CheckNostrDomains Check() => new(
            rig.Shop with { Settings = rig.Settings with { NostrAddressHost = Host } }, new NameLookup(Dns.EndPoint), NullLogger<CheckNostrDomains>.Instance);

        public async Task<NostrDomainRow> Register(string name, bool enabled = false)
        {
            var id = await rig.Db.Write(session => session.InsertNostrDomain(Customer, name, rig.Clock.Now, default), default);
            if (enabled)
                await rig.Db.Write(session => session.Execute("UPDATE nostr_domain SET enabled = 1 WHERE id = @id", new { id }), default);
            return (await Find(id))!;
        }

        public Task<NostrDomainRow?> Find(NostrDomainId id) => rig.Db.Read(session => session.FindNostrDomain(id, default), default);

        public Task<List<string>> Titles() =>
            rig.Db.Read(session => session.List<string>("SELECT title FROM notification ORDER BY title", null, default), default);

        public ValueTask DisposeAsync()
        {
            Dns.Dispose();
            return rig.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_name_that_no_resolver_takes_stays_as_it_is_and_ends_the_round_for_no_other()
    {
        await using var rig = await Rig.Create(DatabaseKind.Sqlite);
        var bad = await rig.Register($"{new string('x', 64)}.example", enabled: true);
        var empty = await rig.Register("two..dots.example");
        var good = await rig.Register("shop.example");
        await rig.Dns.Serve([.. HostRecords, $"--cname=shop.example,{Host}"]);

        Assert.Equal(["shop.example"], (await rig.Check().Round(default)).Activated);

        Assert.True((await rig.Find(good.Id))!.Enabled);
        Assert.Equal((bad, empty), ((await rig.Find(bad.Id))!, (await rig.Find(empty.Id))!));
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task A_domain_is_enabled_disabled_and_deleted_as_its_dns_tells(DatabaseKind kind)
    {
        await using var rig = await Rig.Create(kind);
        var check = rig.Check();
        var domain = await rig.Register("shop.example");
        await rig.Worker.Db.Write(session => session.InsertNostrHandle(domain.Id, "me", new PublicKey(new Bytes32(new byte[32])), rig.Worker.Clock.Now, default), default);
        Assert.False((await check.Round(default)).Any);

        rig.Worker.Clock.Now = Noon.PlusSeconds(600);
        await rig.Dns.Serve([.. HostRecords, $"--cname=shop.example,{Host}"]);
        Assert.Equal(["shop.example"], (await check.Round(default)).Activated);
        Assert.False((await check.Round(default)).Any);
        var enabled = (await rig.Find(domain.Id))!;
        Assert.True(enabled.Enabled);
        Assert.Equal(Noon.PlusSeconds(600), enabled.LastStatusChange);

        rig.Worker.Clock.Now = Noon.PlusSeconds(1200);
        await rig.Dns.Serve([.. HostRecords, "--host-record=shop.example,192.0.2.77"]);
        Assert.False((await check.Round(default)).Any);
        Assert.Equal(["shop.example"], (await check.Round(default)).Deactivated);

        rig.Worker.Clock.Now = Noon.PlusSeconds(1201).Plus(DomainActivation.Kept);
        Assert.Equal(["shop.example"], (await check.Round(default)).Deleted);
        Assert.Null(await rig.Find(domain.Id));
        Assert.Empty(await rig.Worker.Db.Read(session => session.ListNostrHandles(domain.Id, default), default));
        Assert.Equal(
            [
                "Nostr Domain 'shop.example' Activated", "Nostr Domain 'shop.example' Deactivated", "Nostr Domain 'shop.example' Deleted",
                "Nostr Domains Status Update", "Nostr Domains Status Update", "Nostr Domains Status Update",
            ], await rig.Titles());
    }

    [Theory]
    [InlineData("--host-record=one.example,192.0.2.1")]
    [InlineData("--host-record=one.example,2001:db8::1")]
    [InlineData("--host-record=one.example,198.51.100.9,2001:db8::1")]
    public async Task One_shared_address_of_either_family_is_enough(string record)
    {
        await using var rig = await Rig.Create(DatabaseKind.Sqlite);
        await rig.Register("one.example");
        await rig.Dns.Serve([.. HostRecords, record]);
        Assert.Equal(["one.example"], (await rig.Check().Round(default)).Activated);
    }

    [Fact]
    public async Task What_cannot_be_told_changes_nothing()
    {
        await using var rig = await Rig.Create(DatabaseKind.Sqlite);
        var check = rig.Check();
        // The server refuses names that are not below .example.
        var serving = await rig.Register("refused.test", enabled: true);
        var idle = await rig.Register("idle.test");
        rig.Worker.Clock.Now = Noon.Plus(TimeSpan.FromDays(30));
        for (var round = 0; round < 3; round++)
            Assert.False((await check.Round(default)).Any);
        Assert.True((await rig.Find(serving.Id))!.Enabled);
        Assert.NotNull(await rig.Find(idle.Id));
    }

    [Fact]
    public async Task While_the_platforms_own_name_is_unknown_all_stays()
    {
        await using var rig = await Rig.Create(DatabaseKind.Sqlite);
        var check = rig.Check();
        var domain = await rig.Register("gone.example", enabled: true);
        await rig.Dns.Serve("--host-record=other.example,192.0.2.5");
        for (var round = 0; round < 3; round++)
            Assert.False((await check.Round(default)).Any);
        rig.Dns.Stop();
        Assert.False((await check.Round(default)).Any);
        Assert.True((await rig.Find(domain.Id))!.Enabled);
    }

    [Fact]
    public async Task Two_workers_change_and_tell_once()
    {
        await using var rig = await Rig.Create(DatabaseKind.MariaDb);
        var names = Enumerable.Range(0, 20).Select(i => $"d{i}.example").ToList();
        foreach (var name in names)
            await rig.Register(name);
        await rig.Dns.Serve([.. HostRecords, .. names.Select(name => $"--cname={name},{Host}")]);

        var rounds = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => rig.Check().Round(default)));

        Assert.Equal(names.Order(StringComparer.Ordinal), rounds.SelectMany(round => round.Activated).Order(StringComparer.Ordinal));
        Assert.Equal(20, (await rig.Titles()).Count(title => title.EndsWith("Activated", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_failure_of_one_domain_is_told_and_spares_the_others()
    {
        await using var rig = await Rig.Create(DatabaseKind.Sqlite);
        await rig.Register("bad.example");
        await rig.Register("good.example");
        await rig.Dns.Serve([.. HostRecords, $"--cname=bad.example,{Host}", $"--cname=good.example,{Host}"]);
        await rig.Worker.Db.Write(session => session.Execute(
            "CREATE TRIGGER broken BEFORE UPDATE ON nostr_domain WHEN NEW.name = 'bad.example' BEGIN SELECT RAISE(ABORT, 'broken'); END"), default);

        Assert.Equal(["good.example"], (await rig.Check().Round(default)).Activated);
        Assert.Equal(["Domain Activation Failed: bad.example", "Nostr Domain 'good.example' Activated", "Nostr Domains Status Update"], await rig.Titles());
    }
}
