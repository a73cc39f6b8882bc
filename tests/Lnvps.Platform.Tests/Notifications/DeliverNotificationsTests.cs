using System.Collections.Concurrent;
using Lnvps.Core.Identity;
using Lnvps.Core.Outcomes;
using Lnvps.Database.Notifications;
using Lnvps.Database.Users;
using Lnvps.Platform.Notifications.Delivery;
using Lnvps.Platform.Tests.Worker;
using Lnvps.Testing.Databases;
using Microsoft.Extensions.Logging.Abstractions;

namespace Lnvps.Platform.Tests.Notifications;

using static Lnvps.Platform.Notifications.Notifications;

/// <summary>The outbox: to whom, by which channel, once, and again after failures (provisioning.md section 18.2).</summary>
public class DeliverNotificationsTests
{
    sealed class FakeChannel(NotificationChannel kind) : INoticeChannel
    {
        public NotificationChannel Kind => kind;
        public ConcurrentQueue<(UserId User, string Title)> Sent { get; } = [];
        public Func<Task> Act { get; set; } = () => Task.CompletedTask;
        public int Attempts;

        public bool Wants(UserRow user) => kind == NotificationChannel.Email ? user.ContactEmail : user.ContactNip17;

        public async Task Deliver(UserRow user, DeliveryRow delivery, CancellationToken stop)
        {
            Interlocked.Increment(ref Attempts);
            await Act();
            Sent.Enqueue((user.Id, delivery.Title));
        }
    }

    sealed class Office : IAsyncDisposable
    {
        public required WorkerRig Rig { get; init; }
        public FakeChannel Mail { get; } = new(NotificationChannel.Email);
        public FakeChannel Nostr { get; } = new(NotificationChannel.Nip17);

        public static async Task<Office> Open(DatabaseKind kind = DatabaseKind.Sqlite)
        {
            var rig = await WorkerRig.Create(kind);
            await rig.Execute("UPDATE users SET contact_email = 1, contact_nip17 = 1");
            for (var id = 2; id <= 4; id++)
                await rig.Execute($"INSERT INTO users (id, pubkey, created, contact_nip17, contact_email) VALUES ({id}, X'{new string((char)('0' + id), 64)}', '2026-01-01 00:00:00', 1, 0)");
            return new Office { Rig = rig };
        }

        public DeliverNotifications Worker() => new(Rig.Shop, [Mail, Nostr], NullLogger<DeliverNotifications>.Instance);

        public Task Tell(string key, string title) => Rig.Db.Write(session => Queue(session, WorkerRig.Customer, key, title, "text", Rig.Clock.Now, default), default);

        public Task TellOperators(string key, string title) => Rig.Db.Write(session => QueueForOperators(session, key, title, "text", Rig.Clock.Now, default), default);

        public Task<List<DeliveryRow>> Deliveries(UserId user) => Rig.Db.Read(session => session.ListDeliveries(user, default), default);

        public ValueTask DisposeAsync() => Rig.DisposeAsync();
    }

    [Theory]
    [InlineData(DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.MariaDb)]
    [Trait("Speed", "slow")]
    public async Task Each_message_goes_once_by_each_channel_however_many_workers_there_are(DatabaseKind kind)
    {
        await using var office = await Office.Open(kind);
        for (var i = 0; i < 20; i++)
            await office.Tell($"event/{i}", $"title {i}");
        await office.Tell("event/3", "title 3 again");
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => office.Worker().Round(default))));
        await office.Worker().Round(default);
        Assert.Equal(20, office.Mail.Sent.Count);
        Assert.Equal(20, office.Nostr.Sent.Count);
        Assert.Equal(20, office.Mail.Sent.Select(sent => sent.Title).Distinct().Count());
        Assert.All(await office.Deliveries(WorkerRig.Customer), delivery => Assert.Equal((DeliveryState.Sent, null), (delivery.State, delivery.Due)));
    }

    [Fact]
    public async Task A_channel_that_fails_is_tried_again_and_the_other_is_not()
    {
        await using var office = await Office.Open();
        await office.Tell("event", "title");
        office.Nostr.Act = () => throw OutsideFault.Transient("relays are down");
        await office.Worker().Round(default);
        Assert.Single(office.Mail.Sent);
        var seconds = 0.0;
        var attempts = new List<double>();
        for (var last = office.Nostr.Attempts; seconds < 2 * 86_400 && office.Nostr.Attempts < 7; seconds += 30)
        {
            office.Rig.Time.Advance(TimeSpan.FromSeconds(30));
            await office.Worker().Round(default);
            if (office.Nostr.Attempts > last)
                attempts.Add(seconds + 30);
            last = office.Nostr.Attempts;
        }
        Assert.Equal([30, 150, 750, 4350, 25_950, 69_150], attempts);
        Assert.Single(office.Mail.Sent);
        Assert.Equal(DeliveryState.GivenUp, (await office.Deliveries(WorkerRig.Customer)).Single(delivery => delivery.Channel == NotificationChannel.Nip17).State);
    }

    [Fact]
    public async Task A_final_refusal_is_not_tried_again()
    {
        await using var office = await Office.Open();
        await office.Tell("event", "title");
        office.Mail.Act = () => throw OutsideFault.Fatal("no such user");
        for (var i = 0; i < 5; i++)
        {
            await office.Worker().Round(default);
            office.Rig.Time.Advance(TimeSpan.FromHours(13));
        }
        Assert.Equal(1, office.Mail.Attempts);
        Assert.Single(office.Nostr.Sent);
    }

    [Fact]
    public async Task A_worker_that_dies_while_sending_leaves_it_for_later_only()
    {
        await using var office = await Office.Open();
        await office.Tell("event", "title");
        using var dying = new CancellationTokenSource();
        office.Mail.Act = async () =>
        {
            await dying.CancelAsync();
            throw new OperationCanceledException(dying.Token);
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => office.Worker().Round(dying.Token));
        office.Mail.Act = () => Task.CompletedTask;
        await office.Worker().Round(default);
        Assert.Empty(office.Mail.Sent);
        office.Rig.Time.Advance(TimeSpan.FromMinutes(6));
        await office.Worker().Round(default);
        Assert.Single(office.Mail.Sent);
        Assert.Single(office.Nostr.Sent);
    }

    [Fact]
    public async Task Operators_are_all_with_a_role_that_has_not_run_out_each_once()
    {
        await using var office = await Office.Open();
        await office.TellOperators("alert", "alert");
        await office.Worker().Round(default);
        Assert.Empty(office.Nostr.Sent);

        await office.Rig.Execute("INSERT INTO admin_role_assignments (user_id, role_id) VALUES (2, 1)");
        await office.Rig.Execute("INSERT INTO admin_role_assignments (user_id, role_id, expires_at) VALUES (2, 2, '2030-01-01 00:00:00')");
        await office.Rig.Execute("INSERT INTO admin_role_assignments (user_id, role_id, expires_at) VALUES (3, 1, '2026-02-01 00:00:00')");
        await office.Rig.Execute("INSERT INTO admin_role_assignments (user_id, role_id, expires_at) VALUES (4, 1, '2030-01-01 00:00:00')");
        await office.TellOperators("alert/2", "alert 2");
        await office.Worker().Round(default);
        Assert.Equal([2u, 4u], office.Nostr.Sent.Select(sent => sent.User.Value).Order());
        Assert.Empty(office.Mail.Sent);
    }

    [Fact]
    public async Task Nobody_is_told_by_a_channel_not_wanted_nor_of_what_is_long_past()
    {
        await using var office = await Office.Open();
        await office.Rig.Execute("UPDATE users SET contact_email = 0");
        await office.Tell("old", "old");
        office.Rig.At(8 * 86_400);
        await office.Tell("new", "new");
        await office.Worker().Round(default);
        Assert.Empty(office.Mail.Sent);
        Assert.Equal(["new"], office.Nostr.Sent.Select(sent => sent.Title));
    }
}
