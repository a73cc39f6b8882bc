namespace Lnvps.Core.Outcomes;

/// <summary>
/// What went wrong, for programs: stands beside the text in every error answer, in snake_case (<see cref="ErrorCodes.Wire"/>). A released name is never given
/// another meaning. Each has one HTTP status (<see cref="ErrorCodes.Status"/>).
/// </summary>
public enum ErrorCode
{
    /// <summary>The request is no HTTP that is understood here.</summary>
    MalformedRequest,
    /// <summary>The body is missing or no JSON.</summary>
    MalformedJson,
    /// <summary>A value in the path or the query is not what it must be.</summary>
    InvalidParameter,
    /// <summary>A value breaks a rule.</summary>
    InvalidValue,
    /// <summary>What is ordered exists but is not for sale.</summary>
    NotForSale,
    /// <summary>A size lies outside of what the pricing allows.</summary>
    SizeOutOfRange,
    /// <summary>The new size is not larger than the present one.</summary>
    NotAnUpgrade,
    /// <summary>The SSH key cannot be read.</summary>
    InvalidSshKey,
    /// <summary>The register of companies does not know the tax id.</summary>
    InvalidTaxId,
    /// <summary>The register of companies could not be asked; try again later.</summary>
    TaxIdNotChecked,
    /// <summary>The payment method is unknown, or cannot be used here or with this account.</summary>
    PaymentMethodUnusable,
    /// <summary>The expiry would lie beyond what can be stored.</summary>
    TooFarAhead,
    /// <summary>The captcha was not solved.</summary>
    CaptchaFailed,
    /// <summary>The text of the Idempotency-Key header is empty, too long or not printable.</summary>
    InvalidIdempotencyKey,

    /// <summary>The credential is no event that allows this request.</summary>
    InvalidCredential,
    /// <summary>The event was signed too long ago, or in the future.</summary>
    CredentialOutOfTime,
    /// <summary>The event was used already; sign a new one.</summary>
    CredentialUsed,

    /// <summary>Needs paid time, and there is none left or never was any.</summary>
    PaymentRequired,

    /// <summary>No credential.</summary>
    CredentialMissing,
    /// <summary>It belongs to another account.</summary>
    NotYours,

    /// <summary>No such object, or no such path.</summary>
    NotFound,

    /// <summary>The path exists, but not with this method.</summary>
    MethodNotAllowed,

    /// <summary>The present state does not allow it.</summary>
    Conflict,
    /// <summary>No host has room for it.</summary>
    NoCapacity,
    /// <summary>Other work on the machine must end first.</summary>
    Busy,
    /// <summary>The machine was not built yet.</summary>
    NotBuilt,
    /// <summary>Something else changed it at the same time; read again and repeat.</summary>
    ChangedMeanwhile,
    /// <summary>As many consoles as there may be are open, or another process holds the serial port.</summary>
    ConsoleBusy,
    /// <summary>The first call with this Idempotency-Key is still under way.</summary>
    IdempotencyInProgress,
    /// <summary>The first call with this Idempotency-Key was cut off after it changed something; look at what there is before you repeat it.</summary>
    IdempotencyOutcomeUnknown,

    /// <summary>The body is larger than what is read.</summary>
    BodyTooLarge,

    /// <summary>A body is needed and its type must be JSON.</summary>
    NotJson,

    /// <summary>The JSON does not fit: a field is missing, of the wrong type, or none of the known words.</summary>
    DoesNotFit,
    /// <summary>The Idempotency-Key was used for another request.</summary>
    IdempotencyKeyReused,

    /// <summary>Wait as long as Retry-After says.</summary>
    RateLimited,

    /// <summary>Our fault; trying again may help.</summary>
    Internal,
    /// <summary>The host could not do it.</summary>
    HostFailed,

    /// <summary>Known but not offered.</summary>
    NotOffered,

    /// <summary>Cannot be served now.</summary>
    Unavailable,
    /// <summary>Nothing is created or changed on machines at the moment.</summary>
    ReadOnly,
    /// <summary>No exchange rate is known for a price that needs one.</summary>
    NoExchangeRate,
}

/// <summary>Names and statuses of the error codes.</summary>
public static class ErrorCodes
{
    static readonly string[] Names = [.. Enum.GetNames<ErrorCode>().Select(SnakeCase)];

    /// <summary>All of them, in the order of their statuses.</summary>
    public static IReadOnlyList<ErrorCode> All { get; } = Enum.GetValues<ErrorCode>();

    /// <summary>The word on the wire, such as <c>no_capacity</c>.</summary>
    public static string Wire(this ErrorCode code) => Names[(int)code];

    /// <summary>The HTTP status that it comes with (customer-api.md section 1.6).</summary>
    public static int Status(this ErrorCode code) => code switch
    {
        <= ErrorCode.InvalidIdempotencyKey => 400,
        <= ErrorCode.CredentialUsed => 401,
        ErrorCode.PaymentRequired => 402,
        <= ErrorCode.NotYours => 403,
        ErrorCode.NotFound => 404,
        ErrorCode.MethodNotAllowed => 405,
        <= ErrorCode.IdempotencyOutcomeUnknown => 409,
        ErrorCode.BodyTooLarge => 413,
        ErrorCode.NotJson => 415,
        <= ErrorCode.IdempotencyKeyReused => 422,
        ErrorCode.RateLimited => 429,
        <= ErrorCode.HostFailed => 500,
        ErrorCode.NotOffered => 501,
        _ => 503,
    };

    /// <summary>The general code of a status; that of 400 where a status has none.</summary>
    public static ErrorCode OfStatus(int status) => status switch
    {
        401 => ErrorCode.InvalidCredential,
        402 => ErrorCode.PaymentRequired,
        403 => ErrorCode.NotYours,
        404 => ErrorCode.NotFound,
        405 => ErrorCode.MethodNotAllowed,
        409 => ErrorCode.Conflict,
        413 => ErrorCode.BodyTooLarge,
        415 => ErrorCode.NotJson,
        422 => ErrorCode.DoesNotFit,
        429 => ErrorCode.RateLimited,
        500 => ErrorCode.Internal,
        501 => ErrorCode.NotOffered,
        503 => ErrorCode.Unavailable,
        _ => ErrorCode.MalformedRequest,
    };

    static string SnakeCase(string name) =>
        string.Concat(name.Select((letter, i) => char.IsUpper(letter) ? (i > 0 ? "_" : "") + char.ToLowerInvariant(letter) : letter.ToString()));
}
