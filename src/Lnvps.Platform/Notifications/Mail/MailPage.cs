using System.Net;

namespace Lnvps.Platform.Notifications.Mail;

/// <summary>The page of an e-mail (provisioning.md section 18.2).</summary>
static class MailPage
{
    /// <param name="message">Plain text; shown as it is, with its line breaks.</param>
    /// <param name="year">Of the footer.</param>
    public static string Of(string message, int year) => $$"""
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>LNVPS</title>
        </head>
        <body style="margin:0;padding:24px;background:#000;color:#fff;font-family:ui-monospace,Menlo,Consolas,monospace;font-size:15px;line-height:1.5">
        <h1 style="margin:0;font-size:24px;color:#fff"><img src="https://lnvps.net/logo.jpg" alt="" width="48" height="48" style="vertical-align:middle;margin-right:12px">LNVPS</h1>
        <hr style="border:0;border-top:1px solid #fff">
        <p style="min-height:200px;white-space:pre-line;color:#fff">{{WebUtility.HtmlEncode(message)}}</p>
        <hr style="border:0;border-top:1px solid #fff">
        <small style="color:#fff">© {{year}} LNVPS.net</small>
        </body>
        </html>
        """;
}
