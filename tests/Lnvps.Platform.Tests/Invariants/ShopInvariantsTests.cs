using Lnvps.Database.Sessions;
using Lnvps.Testing.Databases;
using Lnvps.Testing.Invariants;

namespace Lnvps.Platform.Tests.Invariants;

/// <summary>The checker of data-model.md section 8 finds nothing in a shop that is in order, and each way of breaking it: a checker that finds nothing proves nothing.</summary>
public sealed class ShopInvariantsTests
{
    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task Each_planted_violation_is_found(DatabaseKind kind)
    {
        await using var shop = await WholeShop.Open(kind);
        Assert.Empty(await shop.Db.Read(session => ShopInvariants.Check(session, default), default));
        foreach (var (rule, sql) in Plants.On(kind))
        {
            var found = await FindIn(shop.Db, sql);
            Assert.True(found.Any(finding => finding.StartsWith($"{rule} ", StringComparison.Ordinal)), $"{rule}: {sql} gave only [{string.Join("; ", found)}]");
        }
        Assert.Empty(await shop.Db.Read(session => ShopInvariants.Check(session, default), default));
    }

    [Fact]
    public async Task Holds_of_deleted_machines_are_found()
    {
        await using var shop = await WholeShop.Open(DatabaseKind.Sqlite);
        Assert.Contains(await FindIn(shop.Db, "INSERT INTO offer_hold (vm_id, expires) SELECT id, expires FROM vm WHERE deleted = 1"),
            finding => finding.StartsWith("holds ", StringComparison.Ordinal));
    }

    [Fact]
    public void Every_invariant_that_one_look_can_see_is_planted()
    {
        // 1 is enforced by the schema; 14 and 34 are seen by comparing two looks.
        int[] elsewhere = [1, 14, 34];
        Assert.Equal(Enumerable.Range(1, 34).Except(elsewhere), Plants.On(DatabaseKind.MariaDb).Select(plant => plant.Rule).Distinct().Order());
    }

    /// <summary>What the checker finds after a change, which is then taken back.</summary>
    static async Task<IReadOnlyList<string>> FindIn(Db db, string change)
    {
        IReadOnlyList<string> found = [];
        await Assert.ThrowsAsync<EnoughSeenException>(() => db.Write(async session =>
        {
            Assert.True(await session.Execute(change) > 0, $"Nothing was changed by {change}");
            found = await ShopInvariants.Check(session, default);
            throw new EnoughSeenException();
        }, default));
        return found;
    }

    sealed class EnoughSeenException : Exception;
}
