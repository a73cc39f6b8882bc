using System.Net.Mail;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using Lnvps.Core.Outcomes;
using Lnvps.Platform.Configuration;

namespace Lnvps.Platform.Notifications.Mail;

/// <summary>
/// Hands e-mails in at an SMTP server (RFC 5321), encrypted as configured: by TLS from the start or by STARTTLS, without which nothing is said. One connection an
/// e-mail; there are few.
/// </summary>
public sealed class MailServer(SmtpSettings settings, TimeProvider time)
{
    static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    /// <summary>For tests: decides about the server's certificate instead of the system's authorities.</summary>
    internal RemoteCertificateValidationCallback? Trust { get; init; }

    /// <summary>Returns once the server has taken the e-mail.</summary>
    /// <exception cref="OutsideFault">Not taken. Fatal: the server refuses this e-mail or its recipient for good.</exception>
    public async Task Send(MailText mail, CancellationToken stop)
    {
        using var limit = new CancellationTokenSource(s_limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stop);
        try
        {
            await using var dialogue = await Connect(either.Token);
            await HandIn(dialogue, mail, either.Token);
        }
        catch (OperationCanceledException error) when (!stop.IsCancellationRequested)
        {
            throw OutsideFault.Transient("the mail server did not answer in time", error);
        }
        catch (Exception error) when (error is IOException or SocketException or System.Security.Authentication.AuthenticationException or ObjectDisposedException)
        {
            throw OutsideFault.Transient($"no connection with the mail server: {error.Message}", error);
        }
    }

    async Task<SmtpDialogue> Connect(CancellationToken stop)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(settings.Host, settings.Port, stop);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
        var dialogue = new SmtpDialogue(new NetworkStream(socket, ownsSocket: true));
        try
        {
            if (settings.Encryption == MailEncryption.Implicit)
                await dialogue.Encrypt(settings.Host, Trust, stop);
            await dialogue.Expect(220, stop);
            var offers = await dialogue.Hello(stop);
            if (settings.Encryption == MailEncryption.StartTls)
            {
                if (!offers.Contains("STARTTLS", StringComparer.OrdinalIgnoreCase))
                    throw OutsideFault.Transient("the mail server does not offer STARTTLS");
                await dialogue.Say("STARTTLS", 220, stop);
                await dialogue.Encrypt(settings.Host, Trust, stop);
                offers = await dialogue.Hello(stop);
            }
            await SignIn(dialogue, offers, stop);
            return dialogue;
        }
        catch
        {
            await dialogue.DisposeAsync();
            throw;
        }
    }

    async Task SignIn(SmtpDialogue dialogue, IReadOnlyList<string> offers, CancellationToken stop)
    {
        var ways = offers.FirstOrDefault(offer => offer.StartsWith("AUTH ", StringComparison.OrdinalIgnoreCase))?.ToUpperInvariant().Split(' ') ?? [];
        try
        {
            if (ways.Contains("PLAIN"))
            {
                await dialogue.Say($"AUTH PLAIN {Base64($"\0{settings.Username}\0{settings.Password}")}", 235, stop);
            }
            else if (ways.Contains("LOGIN"))
            {
                await dialogue.Say("AUTH LOGIN", 334, stop);
                await dialogue.Say(Base64(settings.Username), 334, stop);
                await dialogue.Say(Base64(settings.Password), 235, stop);
            }
            else if (settings.Encryption != MailEncryption.None)
            {
                throw OutsideFault.Transient("the mail server offers neither AUTH PLAIN nor AUTH LOGIN");
            }
        }
        catch (OutsideFault fault) when (!fault.IsTransient)
        {
            // A wrong password is the operator's to put right; the e-mails wait for that.
            throw OutsideFault.Transient($"the mail server refused the sign-in: {fault.Message}");
        }
    }

    static async Task HandIn(SmtpDialogue dialogue, MailText mail, CancellationToken stop)
    {
        await dialogue.Say($"MAIL FROM:<{Envelope(mail.From)}>", 250, stop);
        await dialogue.Say($"RCPT TO:<{Envelope(mail.To)}>", 250, stop);
        await dialogue.Say("DATA", 354, stop);
        await dialogue.SayData(mail.ToMime(), stop);
        await dialogue.Quit(stop);
    }

    static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    static string Envelope(MailAddress address)
    {
        var text = address.Address;
        return Ascii.IsValid(text) && !text.Any(c => char.IsControl(c) || c is '<' or '>' or ' ') ? text : throw OutsideFault.Fatal("the address cannot be written to");
    }
}
