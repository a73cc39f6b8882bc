namespace Lnvps.Platform.Configuration;

/// <summary><c>captcha.turnstile</c>: enables the contact form.</summary>
/// <param name="SecretKey">Ours at the service.</param>
/// <param name="Url">Where answers are verified: <c>url</c>, for tests.</param>
public sealed record CaptchaSettings(string SecretKey, Uri Url)
{
    static readonly Uri Service = new("https://challenges.cloudflare.com/turnstile/v0/siteverify");

    /// <summary>Null when nothing is configured.</summary>
    internal static CaptchaSettings? Read(SettingsNode root) => root.Section("captcha")?.Section("turnstile") is { } turnstile
        ? new CaptchaSettings(turnstile.Text("secret-key"), turnstile.Has("url") ? turnstile.Url("url") : Service)
        : null;

    /// <summary>Without the key.</summary>
    public override string ToString() => $"Turnstile at {Url}";
}
