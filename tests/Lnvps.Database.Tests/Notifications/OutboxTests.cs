using Lnvps.Core.Time;
using Lnvps.Database.Notifications;
using Lnvps.Testing.Databases;

namespace Lnvps.Database.Tests.Notifications;

public class OutboxTests
{
    [Theory, MemberData(nameof(TestDatabases.Both), MemberType = typeof(TestDatabases))]
    public async Task A_message_is_queued_once_and_says_so(DatabaseKind kind)
    {
        await using var database = await TestDatabases.Create(kind);
        var row = new NotificationRow { EventKey = "created/vm:1", Title = "Created", Message = "First", Created = Instant.Utc(2026, 3, 1, 12, 0, 0) };

        Assert.True(await database.Db.Write(session => session.QueueNotification(row, default), default));
        var (again, other) = await database.Db.Write(async session => (
            await session.QueueNotification(row with { Message = "Second" }, default),
            // The transaction goes on after the refusal.
            await session.QueueNotification(row with { EventKey = "created/vm:2" }, default)), default);

        Assert.False(again);
        Assert.True(other);
        var queued = await database.Db.Read(session => session.ListNotifications(null, default), default);
        Assert.Equal([("created/vm:1", "First"), ("created/vm:2", "First")], queued.Select(message => (message.EventKey, message.Message)));
    }
}
