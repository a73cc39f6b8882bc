using System.Net.Mail;
using Lnvps.Platform.Configuration;

namespace Lnvps.Health.Configuration;

/// <summary>Who is written to, and through which server (health.md section 1.1, key <c>smtp</c>).</summary>
/// <param name="To">At least one.</param>
sealed record MailSettings(SmtpSettings Server, IReadOnlyList<MailAddress> To)
{
    const int StartTlsPort = 587;
    const int ImplicitPort = 465;

    internal static MailSettings Read(SettingsNode section)
    {
        var encryption = section.Flag("starttls", otherwise: true) ? MailEncryption.StartTls : MailEncryption.Implicit;
        var host = section.Text("host");
        var to = section.OneOrMoreTexts("to");
        if (to.Count == 0)
            throw section.Missing("to");
        return new MailSettings(
            new SmtpSettings
            {
                Host = Uri.CheckHostName(host) == UriHostNameType.Unknown ? throw section.Wrong("host", "a host name or an IP address") : host,
                Port = (int)section.Integer("port", encryption == MailEncryption.StartTls ? StartTlsPort : ImplicitPort, 1, ushort.MaxValue),
                Encryption = encryption,
                Username = section.Text("username"),
                Password = section.Text("password"),
                From = Address(section, "from", section.Text("from")),
            },
            [.. to.Select(text => Address(section, "to", text))]);
    }

    static MailAddress Address(SettingsNode section, string key, string text) =>
        MailAddress.TryCreate(text, out var address) ? address : throw section.Wrong(key, "an e-mail address, or Name <address>");
}
