using System.Globalization;
using System.Net.Mail;
using Lnvps.Core.Outcomes;
using Lnvps.Database.Encryption;
using Lnvps.Database.Notifications;
using Lnvps.Database.Users;
using Lnvps.Platform.Configuration;
using Lnvps.Platform.Notifications.Mail;

namespace Lnvps.Platform.Notifications.Delivery;

/// <summary>E-mail through the configured server.</summary>
public sealed class MailChannel(SmtpSettings settings, MailServer server, FieldCipher cipher, TimeProvider time) : INoticeChannel
{
    const string NeutralSubject = "Message from LNVPS";

    static readonly IdnMapping s_idn = new();

    public NotificationChannel Kind => NotificationChannel.Email;

    public bool Wants(UserRow user) => user is { ContactEmail: true, Email: not null };

    public Task Deliver(UserRow user, DeliveryRow delivery, CancellationToken stop)
    {
        var to = Address(user) ?? throw OutsideFault.Fatal("there is no address that can be written to");
        var subject = string.IsNullOrWhiteSpace(delivery.Title) ? NeutralSubject : delivery.Title;
        return server.Send(new MailText($"notice-{delivery.Id}", settings.From, to, subject, delivery.Message, time.GetUtcNow()), stop);
    }

    MailAddress? Address(UserRow user)
    {
        if (user.Email is not { } stored || !cipher.TryOpen(stored, out var text) || !MailAddress.TryCreate(text.Trim(), out var address))
            return null;
        try
        {
            // Without the name that an address may carry: it is the customer's text.
            return MailAddress.TryCreate($"{address.User}@{s_idn.GetAscii(address.Host)}", out var plain) ? plain : null;
        }
        catch (ArgumentException)
        {
            return null;
        }
    }
}
