using System.Net;
using System.Net.Mail;

namespace Lnvps.Platform.Configuration;

/// <summary>How the mail server is talked to.</summary>
public enum MailEncryption
{
    /// <summary>In plain text, on this machine only.</summary>
    None,
    /// <summary>TLS from the first byte.</summary>
    Implicit,
    /// <summary>TLS after the greeting, and nothing without it.</summary>
    StartTls,
}

/// <summary><c>smtp</c>: where e-mail to customers and operators is handed in (customer-api.md section 10.3).</summary>
public sealed record SmtpSettings
{
    const int ImplicitPort = 465;

    public required string Host { get; init; }
    public required int Port { get; init; }
    public required MailEncryption Encryption { get; init; }
    public required string Username { get; init; }
    public required string Password { get; init; }
    public required MailAddress From { get; init; }

    /// <summary>User who is told what operators are told, besides all with an admin role.</summary>
    public uint? Admin { get; init; }

    /// <summary>Without the password.</summary>
    public override string ToString() => $"mail server {Host}:{Port}";

    internal static SmtpSettings? Read(SettingsNode root)
    {
        if (root.Section("smtp") is not { } section)
            return null;
        var (host, port) = Split(section.Text("server")) ?? throw section.Wrong("server", "a host, or host:port");
        var encryption = (section.OptionalText("tls") ?? "auto") switch
        {
            "auto" => port == ImplicitPort ? MailEncryption.Implicit : MailEncryption.StartTls,
            "implicit" => MailEncryption.Implicit,
            "starttls" => MailEncryption.StartTls,
            "none" when host == "localhost" || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address)) => MailEncryption.None,
            "none" => throw section.Wrong("tls", "auto, starttls or implicit: none is for servers on this machine only"),
            _ => throw section.Wrong("tls", "auto, starttls, implicit or none"),
        };
        var username = section.Text("username");
        var key = section.Has("from") ? "from" : "username";
        return new SmtpSettings
        {
            Host = host,
            Port = port,
            Encryption = encryption,
            Username = username,
            Password = section.Text("password"),
            From = MailAddress.TryCreate(section.OptionalText("from") ?? username, out var from) ? from : throw section.Wrong(key, "an e-mail address, or Name <address>"),
            Admin = section.Has("admin") ? (uint)section.Integer("admin", 0, 1, uint.MaxValue) : null,
        };
    }

    // Also of the form [::1]:465.
    static (string Host, int Port)? Split(string server)
    {
        if (!Uri.TryCreate($"smtp://{server}", UriKind.Absolute, out var uri) || uri.Host.Length == 0 || uri.PathAndQuery.Trim('/').Length > 0 || uri.UserInfo.Length > 0)
            return null;
        var named = server.EndsWith($":{uri.Port}", StringComparison.Ordinal);
        return (uri.Host.Trim('[', ']'), named ? uri.Port : ImplicitPort);
    }
}
