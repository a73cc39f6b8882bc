using System.Diagnostics;
using Lnvps.Core.Catalogue;
using Lnvps.Core.Identity;
using Lnvps.Core.Randomness;
using Lnvps.Database.Addresses;
using Lnvps.Database.Sessions;
using Lnvps.Platform.Addresses;
using Lnvps.Testing.Databases;
using Lnvps.Testing.Vms;

namespace Lnvps.Platform.Tests.Addresses;

public sealed class AddressPoolsTests
{
    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task Sequential_gives_the_lowest_free_one_and_null_when_full(DatabaseKind kind)
    {
        await using var shop = await VmShop.Open(kind, ipv4: "10.7.0.0/29");
        var vm = await shop.NewVm(paid: false);
        var pools = Pools(shop);
        var given = new List<string?>();
        for (var i = 0; i < 6; i++)
            given.Add(await Assign(shop, pools, shop.Ipv4, vm));
        Assert.Equal(["10.7.0.2", "10.7.0.3", "10.7.0.4", "10.7.0.5", "10.7.0.6", null], given);

        await Free(shop, pools, "10.7.0.4");
        Assert.Equal("10.7.0.4", await Assign(shop, pools, shop.Ipv4, vm));
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task Processes_with_pools_of_their_own_never_give_an_address_twice(DatabaseKind kind)
    {
        await using var shop = await VmShop.Open(kind, ipv4: "10.7.0.0/26");
        var vm = await shop.NewVm(paid: false);
        var range = await shop.Db.Write(session => shop.SeedRange(session, "10.8.0.0/26", "10.8.0.1/26", IpAllocationMode.Random), default);
        var tasks = Enumerable.Range(0, 8).Select(async process =>
        {
            var pools = new AddressPools(new SeededRandomness((ulong)process), shop.Time);
            var given = new List<string?>();
            for (var i = 0; i < 20; i++)
                given.Add(await Assign(shop, pools, i % 2 == 0 ? shop.Ipv4 : range, vm));
            return given;
        });
        var all = (await Task.WhenAll(tasks.Select(task => Task.Run(() => task)))).SelectMany(given => given).ToList();
        // 61 usable addresses in each; 80 were wanted of each.
        Assert.Equal(122, all.OfType<string>().Count());
        Assert.Equal(122, all.OfType<string>().Distinct().Count());
        Assert.Equal(122, (await shop.Live(vm)).Select(a => a.Ip).Distinct().Count());
    }

    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task An_address_taken_through_an_overlapping_range_is_not_given(DatabaseKind kind)
    {
        await using var shop = await VmShop.Open(kind, ipv4: "10.7.0.0/29");
        var vm = await shop.NewVm(paid: false);
        var wider = await shop.Db.Write(session => shop.SeedRange(session, "10.7.0.0/28", "10.7.0.1/28", IpAllocationMode.Sequential), default);
        var pools = Pools(shop);
        Assert.Equal("10.7.0.2", await Assign(shop, pools, shop.Ipv4, vm));
        Assert.Equal("10.7.0.3", await Assign(shop, pools, wider, vm));
        Assert.Equal("10.7.0.4", await Assign(shop, pools, shop.Ipv4, vm));
    }

    [Fact]
    public async Task What_is_rolled_back_is_given_again()
    {
        await using var shop = await VmShop.Open(DatabaseKind.Sqlite);
        var vm = await shop.NewVm(paid: false);
        var pools = Pools(shop);
        Assert.Equal("10.7.0.2", await Assign(shop, pools, shop.Ipv4, vm));
        await Assert.ThrowsAsync<InvalidOperationException>(() => shop.Db.Write(async session =>
        {
            Assert.Equal("10.7.0.3", (await pools.Assign(session, shop.Ipv4, vm, default))!.Value.Address.ToString());
            throw new InvalidOperationException();
        }, default));
        Assert.Equal("10.7.0.3", await Assign(shop, pools, shop.Ipv4, vm));
    }

    [Theory]
    [InlineData("UPDATE ip_range SET enabled = 0")]
    [InlineData("UPDATE ip_range SET cidr = '10.7.0.0/33'")]
    [InlineData("UPDATE ip_range SET gateway = ''")]
    public async Task A_disabled_or_broken_range_gives_nothing(string change)
    {
        await using var shop = await VmShop.Open(DatabaseKind.Sqlite);
        var vm = await shop.NewVm(paid: false);
        await shop.Db.Write(session => session.Execute($"{change} WHERE id = @id", new { id = shop.Ipv4 }), default);
        Assert.Null(await Assign(shop, Pools(shop), shop.Ipv4, vm));
    }

    [Fact]
    public async Task A_large_crowded_range_is_read_once()
    {
        await using var shop = await VmShop.Open(DatabaseKind.Sqlite, ipv4: "10.9.0.0/16", gateway: "10.9.0.1/16");
        var vm = await shop.NewVm(paid: false);
        await shop.Db.Write(async session =>
        {
            for (var i = 2; i < 20_000; i++)
                await session.InsertAssignment(vm, shop.Ipv4, $"10.9.{i / 256}.{i % 256}", default);
        }, default);
        var pools = Pools(shop);
        Assert.Equal("10.9.78.32", await Assign(shop, pools, shop.Ipv4, vm));
        var clock = Stopwatch.StartNew();
        await shop.Db.Write(async session =>
        {
            for (var i = 0; i < 100; i++)
                Assert.NotNull(await pools.Assign(session, shop.Ipv4, vm, default));
        }, default);
        // Read anew each time, a hundred would take many seconds.
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(2), $"100 addresses took {clock.Elapsed}");
    }

    static AddressPools Pools(VmShop shop) => new(new SeededRandomness(3), shop.Time);

    static async Task<string?> Assign(VmShop shop, AddressPools pools, RangeId range, VmId vm) =>
        (await shop.Db.Write(session => pools.Assign(session, range, vm, default), default))?.Address.ToString();

    static Task Free(VmShop shop, AddressPools pools, string address) => shop.Db.Write(async session =>
    {
        await session.Execute("UPDATE vm_ip_assignment SET deleted = 1 WHERE ip = @address", new { address });
        await pools.Freed(session, [shop.Ipv4], default);
    }, default);
}
