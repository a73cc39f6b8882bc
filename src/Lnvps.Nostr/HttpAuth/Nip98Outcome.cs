namespace Lnvps.Nostr.HttpAuth;

/// <summary>What came of looking at a credential, in the order of the checks (customer-api.md sections 2.1 to 2.3); the first failure is the answer.</summary>
public enum Nip98Outcome
{
    /// <summary>403: no header, an empty one, or one that is not ASCII. Also the value of an unset result.</summary>
    NoHeader,
    /// <summary>403: the scheme is not <c>Nostr</c> followed by a space.</summary>
    OtherScheme,
    /// <summary>401: not base64, or too long.</summary>
    NotBase64,
    /// <summary>401: the JSON is not an event.</summary>
    NotAnEvent,
    /// <summary>401: the kind is not 27235.</summary>
    OtherKind,
    /// <summary>401: signed too long ago, or too far in the future.</summary>
    OutOfTime,
    /// <summary>401: no tag <c>u</c> with a value.</summary>
    NoUrl,
    /// <summary>401: the value of <c>u</c> is not a URI.</summary>
    BadUrl,
    /// <summary>401: signed for another path.</summary>
    OtherPath,
    /// <summary>401: no tag <c>method</c> with a value.</summary>
    NoMethod,
    /// <summary>401: signed for another method.</summary>
    OtherMethod,
    /// <summary>
    /// The event names the hash of the body and the caller did not give one: hash the body and verify again. A refusal (401) if the caller does not.
    /// </summary>
    BodyHashNeeded,
    /// <summary>401: signed for another body.</summary>
    OtherBody,
    /// <summary>401: the id is not that of the content, or the signature not that of the key.</summary>
    BadSignature,
    /// <summary>401: the event was used before. Never said by <see cref="Nip98"/> itself; for the caller that asked <see cref="IUsedEventIds"/>.</summary>
    AlreadyUsed,
    /// <summary>The caller is the owner of the key.</summary>
    Ok,
}

/// <summary>Status and text of each outcome.</summary>
public static class Nip98Outcomes
{
    /// <summary>The HTTP status: 403 when there is no Nostr credential at all, 401 when there is a wrong one, 200 for a right one.</summary>
    public static int Status(this Nip98Outcome outcome) => outcome switch
    {
        Nip98Outcome.NoHeader or Nip98Outcome.OtherScheme => 403,
        Nip98Outcome.Ok => 200,
        _ => 401,
    };

    /// <summary>The text for the error envelope (nostr.md section 3).</summary>
    public static string Message(this Nip98Outcome outcome) => outcome switch
    {
        Nip98Outcome.NoHeader => "Auth header not found",
        Nip98Outcome.OtherScheme => "Auth scheme must be Nostr",
        Nip98Outcome.NotBase64 => "Invalid auth: Invalid auth string",
        Nip98Outcome.NotAnEvent => "Invalid auth: Invalid nostr event",
        Nip98Outcome.OtherKind => "Auth check failed: Wrong event kind",
        Nip98Outcome.OutOfTime => "Auth check failed: Created timestamp is out of range",
        Nip98Outcome.NoUrl => "Auth check failed: Missing url tag",
        Nip98Outcome.BadUrl => "Auth check failed: Invalid U tag",
        Nip98Outcome.OtherPath => "Auth check failed: U tag does not match",
        Nip98Outcome.NoMethod => "Auth check failed: Missing method tag",
        Nip98Outcome.OtherMethod => "Auth check failed: Method tag incorrect",
        Nip98Outcome.BodyHashNeeded => "Auth check failed: Payload tag not checked",
        Nip98Outcome.OtherBody => "Auth check failed: Payload tag does not match the body",
        Nip98Outcome.BadSignature => "Auth check failed: Event signature invalid",
        Nip98Outcome.AlreadyUsed => "Auth check failed: Event was already used",
        _ => "Authenticated",
    };
}
