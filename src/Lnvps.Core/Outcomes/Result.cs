using System.Diagnostics.CodeAnalysis;

namespace Lnvps.Core.Outcomes;

/// <summary>Why a request was refused; each kind has one HTTP status (customer-api.md section 1.6).</summary>
public enum RefusalKind
{
    /// <summary>400: contradicts a rule.</summary>
    Invalid,
    /// <summary>402: the VM is expired or was never paid.</summary>
    PaymentRequired,
    /// <summary>403: belongs to someone else.</summary>
    NotYours,
    /// <summary>404: no such object, or deleted.</summary>
    NotFound,
    /// <summary>409: state conflict, no capacity.</summary>
    Conflict,
    /// <summary>422: well-formed but does not fit.</summary>
    Unprocessable,
    /// <summary>500: something behind us failed; the text is neutral.</summary>
    Failed,
    /// <summary>501: known but not offered.</summary>
    NotOffered,
    /// <summary>503: cannot be served now (read-only, no exchange rate).</summary>
    Unavailable,
}

/// <summary>An expected failure: what a caller is told. Never carries secrets or internal causes.</summary>
public sealed record Refusal(RefusalKind Kind, string Message)
{
    /// <summary>For programs: the general one of the kind unless said otherwise; both have the same status.</summary>
    public ErrorCode Code { get; private init; } = CodeOf(Kind);

    /// <summary>A refusal with a code of its own, which decides the kind.</summary>
    public static Refusal Because(ErrorCode code, string message) => new(KindOf(code), message) { Code = code };

    public static Refusal Invalid(string message) => new(RefusalKind.Invalid, message);
    public static Refusal PaymentRequired(string message) => new(RefusalKind.PaymentRequired, message);
    public static Refusal NotYours(string message) => new(RefusalKind.NotYours, message);
    public static Refusal NotFound(string message) => new(RefusalKind.NotFound, message);
    public static Refusal Conflict(string message) => new(RefusalKind.Conflict, message);
    public static Refusal Unprocessable(string message) => new(RefusalKind.Unprocessable, message);
    public static Refusal Failed(string message) => new(RefusalKind.Failed, message);
    public static Refusal NotOffered(string message) => new(RefusalKind.NotOffered, message);
    public static Refusal Unavailable(string message) => new(RefusalKind.Unavailable, message);

    static ErrorCode CodeOf(RefusalKind kind) => kind switch
    {
        RefusalKind.Invalid => ErrorCode.InvalidValue,
        RefusalKind.PaymentRequired => ErrorCode.PaymentRequired,
        RefusalKind.NotYours => ErrorCode.NotYours,
        RefusalKind.NotFound => ErrorCode.NotFound,
        RefusalKind.Conflict => ErrorCode.Conflict,
        RefusalKind.Unprocessable => ErrorCode.DoesNotFit,
        RefusalKind.NotOffered => ErrorCode.NotOffered,
        RefusalKind.Unavailable => ErrorCode.Unavailable,
        _ => ErrorCode.Internal,
    };

    static RefusalKind KindOf(ErrorCode code) => code.Status() switch
    {
        400 => RefusalKind.Invalid,
        402 => RefusalKind.PaymentRequired,
        403 => RefusalKind.NotYours,
        404 => RefusalKind.NotFound,
        409 => RefusalKind.Conflict,
        422 => RefusalKind.Unprocessable,
        501 => RefusalKind.NotOffered,
        503 => RefusalKind.Unavailable,
        _ => RefusalKind.Failed,
    };
}

/// <summary>Something that was done or refused.</summary>
public interface IOutcome
{
    bool IsOk { get; }
}

/// <summary>Either a value or a refusal.</summary>
public readonly struct Result<T> : IOutcome
{
    readonly T? _value;

    public Result(T value) => _value = value;

    public Result(Refusal refusal) => Refusal = refusal;

    public Refusal? Refusal { get; }

    [MemberNotNullWhen(false, nameof(Refusal))]
    public bool IsOk => Refusal is null;

    /// <exception cref="InvalidOperationException">This is a refusal.</exception>
    public T Value => IsOk ? _value! : throw new InvalidOperationException($"Refused: {Refusal.Message}");

    public static implicit operator Result<T>(T value) => new(value);

    public static implicit operator Result<T>(Refusal refusal) => new(refusal);

    public Result<TNext> Then<TNext>(Func<T, TNext> next) => IsOk ? next(_value!) : Refusal;

    public Result<TNext> Then<TNext>(Func<T, Result<TNext>> next) => IsOk ? next(_value!) : Refusal;

    public async Task<Result<TNext>> Then<TNext>(Func<T, Task<Result<TNext>>> next) => IsOk ? await next(_value!) : Refusal;
}
