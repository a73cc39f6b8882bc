using System.Net.Mail;
using System.Security.Cryptography;
using Lnvps.Core.Outcomes;
using Lnvps.Health.Configuration;
using Lnvps.Platform.Notifications.Mail;
using Microsoft.Extensions.Logging;

namespace Lnvps.Health.Alerts;

/// <summary>Writes to every operator, each with an e-mail of their own, so that one bad address does not harm the others.</summary>
/// <param name="send">Returns once the mail server has taken the e-mail.</param>
sealed partial class Mailbox(MailSettings settings, Func<MailText, CancellationToken, Task> send, TimeProvider time, ILogger<Mailbox> logger) : IDisposable
{
    /// <summary>For one e-mail, from the moment that it has its connection; the wait for that ends because those before it are limited too.
    /// What is not told by then is told after the next cycle.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    const int MostConnections = 4;

    readonly SemaphoreSlim _connections = new(MostConnections);

    /// <summary>True when at least one operator was reached. Failures are logged.</summary>
    public async Task<bool> Tell(string subject, string body, CancellationToken stop)
    {
        var id = $"health-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(12))}";
        var reached = await Task.WhenAll(settings.To.Select((to, place) =>
            Write(new MailText($"{id}-{place}", settings.Server.From, to, subject, body, time.GetUtcNow()) { IsPlain = true }, stop)));
        return reached.Contains(true);
    }

    public void Dispose() => _connections.Dispose();

    async Task<bool> Write(MailText mail, CancellationToken stop)
    {
        try
        {
            await _connections.WaitAsync(stop);
            try
            {
                using var limit = new CancellationTokenSource(Limit, time);
                using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stop);
                await send(mail, either.Token);
            }
            finally
            {
                _connections.Release();
            }
            LogTold(logger, mail.To, mail.Subject);
            return true;
        }
        catch (OutsideFault fault)
        {
            LogNotTold(logger, mail.To, mail.Subject, fault.Message);
            return false;
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            LogNotTold(logger, mail.To, mail.Subject, "the mail server did not answer in time");
            return false;
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "E-mail to {To}: {Subject}")]
    static partial void LogTold(ILogger logger, MailAddress to, string subject);

    [LoggerMessage(Level = LogLevel.Error, Message = "No e-mail to {To}: {Subject}: {Why}")]
    static partial void LogNotTold(ILogger logger, MailAddress to, string subject, string why);
}
