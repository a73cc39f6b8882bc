using Lnvps.Core.Outcomes;

namespace Lnvps.Api.Http.Repetition;

/// <summary>
/// How a call with an Idempotency-Key is answered whose first attempt died after it changed something and before its answer was kept. Endpoint metadata.
/// </summary>
abstract record Repeatable
{
    /// <summary>Whether it may be carried out again when the first attempt did not say what it made.</summary>
    public bool MayActAgain { get; private init; }

    /// <summary>Nobody knows what the first attempt did: 409, and the customer looks.</summary>
    public static Repeatable Never { get; } = new Plain();

    /// <summary>Doing it twice is the same as doing it once.</summary>
    public static Repeatable Always { get; } = new Plain { MayActAgain = true };

    /// <summary>The first attempt's transaction named what it made (<see cref="Database.Sessions.Session.Made"/>); if it made nothing, the call is carried out again.</summary>
    public static Repeatable<T> By<T>(Func<Call, string, Task<Result<T>>> find) => new(find) { MayActAgain = true };

    sealed record Plain : Repeatable;
}

/// <param name="Find">Gives the answer for what the first attempt made.</param>
sealed record Repeatable<T>(Func<Call, string, Task<Result<T>>> Find) : Repeatable;

/// <summary>The answer of a call that answers nothing.</summary>
readonly record struct Nothing;

/// <summary>On a request that takes over from an attempt which made something.</summary>
sealed record MadeBefore(string What);
