using Lnvps.Core.Outcomes;
using Lnvps.Database.Settings;
using Lnvps.Testing.Databases;

namespace Lnvps.Database.Tests.Sessions;

/// <summary>A transaction that ends in a refusal leaves nothing behind.</summary>
public sealed class RefusedWriteTests
{
    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task Changes_nothing_and_sets_nothing_off(DatabaseKind kind)
    {
        await using var database = await TestDatabases.Create(kind);
        var setOff = new List<string>();

        var refusal = await database.Db.Write<Refusal?>(async session =>
        {
            session.AfterCommit(() => setOff.Add("refusal"));
            await session.PutSetting("written", "by a refusal", default);
            return Refusal.Conflict("no");
        }, default);
        var result = await database.Db.Write<Result<int>>(async session =>
        {
            session.AfterCommit(() => setOff.Add("result"));
            await session.PutSetting("written", "by a result", default);
            return Refusal.Conflict("no");
        }, default);

        Assert.NotNull(refusal);
        Assert.False(result.IsOk);
        Assert.Empty(setOff);
        Assert.Null(await database.Db.Read(session => session.FindSetting("written", default), default));

        var done = await database.Db.Write<Result<int>>(async session =>
        {
            session.AfterCommit(() => setOff.Add("done"));
            await session.PutSetting("written", "at last", default);
            return 1;
        }, default);
        Assert.True(done.IsOk);
        Assert.Equal(["done"], setOff);
        Assert.Equal("at last", await database.Db.Read(session => session.FindSetting("written", default), default));
    }
}
