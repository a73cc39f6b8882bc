using System.Security.Cryptography;
using System.Text;
using Lnvps.Api.Http;
using Lnvps.Core.Accounts;
using Lnvps.Core.Outcomes;
using Lnvps.Platform;
using Lnvps.Platform.Contact;
using Lnvps.Platform.Notifications;

namespace Lnvps.Api.Contact;

/// <summary>Body of POST contact.</summary>
sealed record ContactForm(string Subject, string Message, string Email, string Name, string Timestamp, string TurnstileToken)
{
    public string? UserPubkey { get; init; }
}

/// <summary>POST /api/v1/contact: a message to the operators from anybody who solves a captcha (customer-api.md section 6.35).</summary>
/// <param name="captcha">Null = not configured: then there is no contact form.</param>
sealed class SendContactForm(Shop shop, Turnstile? captcha)
{
    public void Map(Routes routes) => routes.Post("/api/v1/contact", Access.Public, Handle)
        .Summary("Write to the operators")
        .Body(ApiJson.Wire.ContactForm).Errors(ErrorCode.InvalidValue, ErrorCode.CaptchaFailed, ErrorCode.Unavailable);

    async Task<Refusal?> Handle(Call call)
    {
        var body = await call.Body(ApiJson.Wire.ContactForm);
        var message = new ContactMessage(body.Subject, body.Message, body.Email, body.Name, body.UserPubkey, body.Timestamp);
        if (message.Check() is { } wrong)
            return wrong;
        if (captcha is null)
            return Refusal.Unavailable("The contact form is not available");
        if (await captcha.Check(body.TurnstileToken, call.Stop) is { } notSolved)
            return notSolved;
        // A token is solved once, so a form that arrives twice is one message.
        var key = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(body.TurnstileToken)));
        await shop.Db.Write(session => Notifications.QueueForOperators(session, $"contact/{key}", message.Title, message.Text, shop.Clock.Now, call.Stop), call.Stop);
        return null;
    }
}
