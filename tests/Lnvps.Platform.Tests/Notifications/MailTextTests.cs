using System.Net.Mail;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Lnvps.Platform.Notifications.Mail;

namespace Lnvps.Platform.Tests.Notifications;

public class MailTextTests
{
    static string Mime(string subject, string message, string from = "LNVPS <no-reply@example.com>") =>
        new MailText("notice-7", new MailAddress(from), new MailAddress("a@b.example"), subject, message, new DateTimeOffset(2026, 2, 19, 10, 0, 0, TimeSpan.Zero)).ToMime();

    static string[] Headers(string mime) => mime[..mime.IndexOf("\r\n\r\n", StringComparison.Ordinal)].Replace("\r\n ", " ", StringComparison.Ordinal).Split("\r\n");

    [Fact]
    public void Headers_are_those_of_an_email()
    {
        var headers = Headers(Mime("[VM7] Created", "hello"));
        Assert.Equal(
        [
            "Date: Thu, 19 Feb 2026 10:00:00 +0000", "From: =?utf-8?B?TE5WUFM=?= <no-reply@example.com>", "To: <a@b.example>", "Subject: [VM7] Created",
            "Message-ID: <notice-7@example.com>", "Auto-Submitted: auto-generated", "MIME-Version: 1.0", "Content-Type: multipart/alternative; boundary=\"=_notice-7_alternative\"",
        ], headers);
    }

    [Theory]
    [InlineData("x\r\nBcc: everyone@example.com")]
    [InlineData("x\nBcc: everyone@example.com")]
    [InlineData("x\rBcc: everyone@example.com")]
    [InlineData("x\u2028Bcc: everyone@example.com")]
    [InlineData("x\u0085Bcc: everyone@example.com")]
    public void A_subject_cannot_become_a_header(string subject)
    {
        var headers = Headers(Mime(subject, "hello"));
        Assert.Equal(8, headers.Length);
        Assert.Equal("Subject: x" + new string(' ', subject.IndexOf('B', StringComparison.Ordinal) - 1) + "Bcc: everyone@example.com", headers[3]);
    }

    [Fact]
    public void Whatever_the_texts_are_the_form_stays()
    {
        Prop.ForAll(ArbMap.Default.ArbFor<string?>(), ArbMap.Default.ArbFor<string?>(), (subject, message) =>
        {
            var mime = Mime(subject ?? "", message ?? "");
            return Ascii.IsValid(mime) && Headers(mime).Length == 8 && mime.Split("\r\n").All(line => line.Length <= 100 && !line.Contains('\r', StringComparison.Ordinal) && !line.Contains('\n', StringComparison.Ordinal))
                && mime.Split("--=_notice-7_alternative").Length == 4;
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void The_page_shows_the_message_and_runs_nothing_of_it()
    {
        var page = MailPage.Of("<script>alert('x')</script> & \"y\"\nsecond line", 2026);
        Assert.DoesNotContain("<script", page, StringComparison.Ordinal);
        Assert.Contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &quot;y&quot;\nsecond line</p>", page, StringComparison.Ordinal);
        Assert.Contains("https://lnvps.net/logo.jpg", page, StringComparison.Ordinal);
        Assert.Contains("min-height:200px", page, StringComparison.Ordinal);
        Assert.Contains("© 2026 LNVPS.net", page, StringComparison.Ordinal);
    }
}
