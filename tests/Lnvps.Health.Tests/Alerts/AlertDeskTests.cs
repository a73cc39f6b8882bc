using System.Net.Mail;
using Lnvps.Core.Outcomes;
using Lnvps.Health.Alerts;
using Lnvps.Health.Configuration;
using Lnvps.Health.Metrics;
using Lnvps.Platform.Configuration;
using Lnvps.Platform.Notifications.Mail;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Lnvps.Health.Tests.Alerts;

public sealed class AlertDeskTests : IDisposable
{
    readonly FakeTimeProvider _time = new();
    readonly HealthMetrics _metrics = new();
    readonly List<MailText> _mails = [];
    readonly Mailbox _mailbox;
    readonly AlertDesk _desk;
    Func<MailText, CancellationToken, Task> _server = (_, _) => Task.CompletedTask;

    public AlertDeskTests()
    {
        var server = new SmtpSettings { Host = "mail.example", Port = 587, Encryption = MailEncryption.StartTls, Username = "u", Password = "p", From = new MailAddress("health@example.com") };
        var settings = new MailSettings(server, [new MailAddress("one@example.com"), new MailAddress("two@example.com")]);
        _mailbox = new Mailbox(settings, Send, _time, NullLogger<Mailbox>.Instance);
        _desk = new AlertDesk(_mailbox, TimeSpan.FromHours(1), _metrics, _time, NullLogger<AlertDesk>.Instance);
    }

    public void Dispose() => _mailbox.Dispose();

    async Task Send(MailText mail, CancellationToken stop)
    {
        await _server(mail, stop);
        lock (_mails)
            _mails.Add(mail);
    }

    Task Fail() => _desk.Handle(SomeCheck.Ran("web", SomeCheck.Failed()), CancellationToken.None);

    Task Pass() => _desk.Handle(SomeCheck.Ran("web", SomeCheck.Passed()), CancellationToken.None);

    [Fact]
    public async Task Each_operator_gets_a_plain_email_and_after_the_cool_down_another_and_one_at_the_end()
    {
        await Fail();
        Assert.Equal(["one@example.com", "two@example.com"], _mails.Select(mail => mail.To.Address).Order());
        Assert.All(_mails, mail => Assert.Equal((true, "[Health Alert] web (v4)", "health@example.com"), (mail.IsPlain, mail.Subject, mail.From.Address)));
        Assert.Equal(2, _mails.Select(mail => mail.Id).Distinct().Count());
        Assert.DoesNotContain("multipart", _mails[0].ToMime(), StringComparison.Ordinal);
        Assert.Contains("Content-Type: text/plain; charset=utf-8\r\n", _mails[0].ToMime(), StringComparison.Ordinal);
        await Fail();
        Assert.Equal(2, _mails.Count);
        _time.Advance(TimeSpan.FromHours(1));
        await Fail();
        Assert.Equal(4, _mails.Count);
        await Pass();
        Assert.Equal(["[Health Recovery] web (v4)", "[Health Recovery] web (v4)"], _mails.Skip(4).Select(mail => mail.Subject));
        await Pass();
        Assert.Equal(6, _mails.Count);
        Assert.Contains("health_alerts_sent_total{result=\"ok\"} 3\n", _metrics.Write(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_refused_recipient_harms_nobody_and_counts_as_told()
    {
        _server = (mail, _) => mail.To.User == "one" ? throw OutsideFault.Fatal("550 no such user") : Task.CompletedTask;
        await Fail();
        await Fail();
        Assert.Equal("two@example.com", Assert.Single(_mails).To.Address);
    }

    [Fact]
    public async Task A_server_that_is_down_is_tried_again_after_the_next_cycle()
    {
        _server = (_, _) => throw OutsideFault.Transient("no connection");
        await Fail();
        Assert.Contains("health_alerts_sent_total{result=\"failed\"} 1\n", _metrics.Write(), StringComparison.Ordinal);
        _server = (_, _) => Task.CompletedTask;
        await Fail();
        Assert.Equal(2, _mails.Count);
    }

    [Fact]
    public async Task A_server_that_hangs_is_given_up()
    {
        var asked = new TaskCompletionSource();
        _server = (_, stop) =>
        {
            asked.TrySetResult();
            return Task.Delay(Timeout.InfiniteTimeSpan, _time, stop);
        };
        var failing = Fail();
        await asked.Task.WaitAsync(TimeSpan.FromMinutes(1));
        Assert.False(failing.IsCompleted);
        _time.Advance(Mailbox.Limit);
        await failing.WaitAsync(TimeSpan.FromMinutes(1));
        Assert.Empty(_mails);
    }

    [Fact]
    public async Task An_email_that_waits_for_a_connection_loses_none_of_its_time()
    {
        var asked = 0;
        var busy = new TaskCompletionSource();
        _server = async (_, stop) =>
        {
            var number = Interlocked.Increment(ref asked);
            if (number == 4)
                busy.SetResult();
            if (number <= 4)
                await Task.Delay(Timeout.InfiniteTimeSpan, _time, stop);
            stop.ThrowIfCancellationRequested();
        };
        // Two operators for each: the third waits for the first two.
        var all = Task.WhenAll(new[] { "a", "b", "c" }.Select(id => _desk.Handle(SomeCheck.Ran(id, SomeCheck.Failed()), CancellationToken.None)));
        await busy.Task.WaitAsync(TimeSpan.FromMinutes(1));
        _time.Advance(Mailbox.Limit);
        await all.WaitAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(2, _mails.Count);
    }

    [Fact]
    public async Task Without_a_mail_server_nothing_is_counted()
    {
        var desk = new AlertDesk(null, TimeSpan.FromHours(1), _metrics, _time, NullLogger<AlertDesk>.Instance);
        await desk.Handle(SomeCheck.Ran("web", SomeCheck.Failed()), CancellationToken.None);
        Assert.Contains("health_alerts_sent_total{result=\"ok\"} 0\n", _metrics.Write(), StringComparison.Ordinal);
    }
}
