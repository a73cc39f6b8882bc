using System.Text.Json.Nodes;
using Lnvps.Core.Identity;
using Lnvps.Database.Companies;
using Lnvps.Platform.Configuration;

namespace Lnvps.Platform.Payments.Revolut;

/// <summary>A merchant account, from a row of <c>payment_method_config</c> or the configuration file. Holds secrets.</summary>
public sealed record RevolutAccount
{
    /// <summary>The row; null = the configuration file, for companies without rows.</summary>
    public PaymentProviderRow? Row { get; init; }

    public required Uri Url { get; init; }
    public required string Token { get; init; }
    public required string ApiVersion { get; init; }

    /// <summary>Handed to browsers.</summary>
    public required string PublicKey { get; init; }

    /// <summary>Signs the messages of the provider; null until registered.</summary>
    public string? WebhookSecret { get; init; }

    /// <summary>False: no new payments, but open ones settle.</summary>
    public bool IsEnabled => Row?.Enabled ?? true;

    public CompanyId? Company => Row?.CompanyId;

    public static RevolutAccount Of(RevolutSettings settings) => new()
    {
        Url = settings.Url,
        Token = settings.Token,
        ApiVersion = settings.ApiVersion,
        PublicKey = settings.PublicKey,
    };

    /// <summary>Null when the row's JSON is not that of a Revolut account: then it counts as not configured.</summary>
    public static RevolutAccount? Of(PaymentProviderRow row)
    {
        if (Config(row.Config) is not { } config || Text(config, "type") != "revolut" || Text(config, "token") is not { } token
            || Text(config, "api_version") is not { } version || Text(config, "public_key") is not { } key)
            return null;
        var url = RevolutSettings.DefaultUrl;
        if (Text(config, "url") is { } address && !(Uri.TryCreate(address, UriKind.Absolute, out url) && url.Scheme is "http" or "https"))
            return null;
        return new RevolutAccount { Row = row, Url = url, Token = token, ApiVersion = version, PublicKey = key, WebhookSecret = Text(config, "webhook_secret") };
    }

    /// <summary>The row's JSON with this secret; whatever else it holds stays.</summary>
    public static string WithSecret(string config, string secret)
    {
        var changed = Config(config) ?? throw new InvalidOperationException("A provider's configuration is no JSON object");
        changed["webhook_secret"] = secret;
        return changed.ToJsonString();
    }

    /// <summary>The configuration as it is imported into the table.</summary>
    public static string ConfigOf(RevolutSettings settings) => new JsonObject
    {
        ["type"] = "revolut",
        ["url"] = settings.Url.AbsoluteUri.TrimEnd('/'),
        ["token"] = settings.Token,
        ["api_version"] = settings.ApiVersion,
        ["public_key"] = settings.PublicKey,
    }.ToJsonString();

    static JsonObject? Config(string json)
    {
        try
        {
            return JsonNode.Parse(json) as JsonObject;
        }
        catch (System.Text.Json.JsonException)
        {
            return null;
        }
    }

    static string? Text(JsonObject config, string key) =>
        config.TryGetPropertyValue(key, out var value) && value is JsonValue text && text.TryGetValue<string>(out var found) && found.Length > 0 ? found : null;

    /// <summary>Without secrets.</summary>
    public override string ToString() => Row is null ? "the Revolut account of the configuration file" : $"the Revolut account of payment provider {Row.Id}";
}
