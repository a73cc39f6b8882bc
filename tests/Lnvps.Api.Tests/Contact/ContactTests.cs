using System.Net;
using System.Text.Json.Nodes;
using Lnvps.Testing.Contact;

namespace Lnvps.Api.Tests.Contact;

/// <summary>POST /api/v1/contact (customer-api.md section 6.35).</summary>
public class ContactTests
{
    [Fact]
    public async Task A_solved_captcha_brings_the_message_to_the_operators_once()
    {
        await using var turnstile = await TurnstileSimulator.Start();
        await using var shop = await Start(turnstile);
        using var visitor = shop.NewCustomer();
        turnstile.Solved["0.abc"] = true;

        var answer = await Send(visitor, Form(subject: "Custom\r\nBcc: all@example.org plan", name: "Al\u0000ice", message: "One\r\nTwo\u0007"));

        Assert.Equal((HttpStatusCode.OK, """{"data":null}"""), (answer.Status, answer.Json!.ToJsonString()));
        Assert.Equal("Contact Form: CustomBcc: all@example.org plan", await shop.Text("SELECT title FROM notification WHERE event_key LIKE 'contact/%'"));
        Assert.Equal("""
            Name: Alice
            Email: a@example.org
            Public key: N/A
            Timestamp: 2026-02-19T10:00:00Z
            Subject: CustomBcc: all@example.org plan
            Message: One
            Two
            Reply to: a@example.org
            """, await shop.Text("SELECT message FROM notification WHERE event_key LIKE 'contact/%'"));

        // The service says that the token was used; and were it to forget, the message would still be one.
        Assert.Equal("captcha_failed", (await Send(visitor, Form())).Code);
        turnstile.Fault = (200, """{"success":true}""");
        await Send(visitor, Form());
        Assert.Equal("1", await shop.Text("SELECT COUNT(*) FROM notification WHERE event_key LIKE 'contact/%'"));
    }

    [Fact]
    public async Task Wrong_forms_are_refused_before_anybody_is_asked()
    {
        await using var turnstile = await TurnstileSimulator.Start();
        await using var shop = await Start(turnstile);
        using var visitor = shop.NewCustomer();
        turnstile.Fault = (500, "");

        foreach (var (form, text) in new[]
        {
            (Form(subject: " ", message: "", name: "", email: ""), "Subject is required"),
            (Form(message: "\n", name: "", email: ""), "Message is required"),
            (Form(name: "", email: ""), "Name is required"),
            (Form(email: ""), "Email is required"),
            (Form(email: "a.example.org"), "Invalid email address"),
            (Form(email: "a@example"), "Invalid email address"),
            (Form(message: new string('x', 100_001)), "Message is longer than 100000 characters"),
            (Form(subject: new string('x', 201)), "Subject is longer than 200 characters"),
            (Form(name: new string('x', 201)), "Name is longer than 200 characters"),
        })
        {
            var answer = await Send(visitor, form);
            Assert.Equal((HttpStatusCode.BadRequest, text), (answer.Status, answer.Error));
        }
        var lacking = Form();
        lacking.Remove("turnstile_token");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await Send(visitor, lacking)).Status);
        Assert.Equal(HttpStatusCode.InternalServerError, (await Send(visitor, Form(message: new string('x', 100_000)))).Status);
    }

    [Theory]
    [InlineData(500, "")]
    [InlineData(200, "no json")]
    [InlineData(200, "{}")]
    [InlineData(200, """{"success":"yes"}""")]
    [InlineData(200, "[]")]
    public async Task A_service_without_a_verdict_is_our_failure(int status, string body)
    {
        await using var turnstile = await TurnstileSimulator.Start();
        await using var shop = await Start(turnstile);
        using var visitor = shop.NewCustomer();
        turnstile.Fault = (status, body);

        Assert.Equal(HttpStatusCode.InternalServerError, (await Send(visitor, Form())).Status);
        Assert.Equal("0", await shop.Text("SELECT COUNT(*) FROM notification WHERE event_key LIKE 'contact/%'"));
    }

    [Fact]
    public async Task Without_a_captcha_there_is_no_form()
    {
        await using var shop = await ApiShop.Start();
        using var visitor = shop.NewCustomer();

        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await Send(visitor, Form())).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await Send(visitor, Form(subject: ""))).Status);
    }

    static Task<ApiShop> Start(TurnstileSimulator turnstile) =>
        ApiShop.Start(extra: $$$"""captcha: {turnstile: {secret-key: "{{{TurnstileSimulator.SecretKey}}}", url: "{{{turnstile.Url}}}"}}""");

    static Task<Answer> Send(ApiCustomer visitor, JsonObject form) => visitor.Send(HttpMethod.Post, "/api/v1/contact", form, sign: false);

    static JsonObject Form(string subject = "Custom plan", string message = "Can I get…", string email = "a@example.org", string name = "Alice") => new()
    {
        ["subject"] = subject,
        ["message"] = message,
        ["email"] = email,
        ["name"] = name,
        ["user_pubkey"] = "",
        ["timestamp"] = "2026-02-19T10:00:00Z",
        ["turnstile_token"] = "0.abc",
    };
}
