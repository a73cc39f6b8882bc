using System.Collections.Concurrent;
using System.Security.Cryptography;
using Lnvps.Api.Http;
using Lnvps.Core.Identity;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Time;
using Lnvps.Database.Users;
using Lnvps.Nostr.HttpAuth;
using Lnvps.Platform;
using Microsoft.AspNetCore.Http.Features;

namespace Lnvps.Api.Accounts;

/// <summary>The account behind a request, put there by <see cref="Authentication"/>.</summary>
sealed record CallerFeature(UserId User);

/// <summary>
/// Checks the signed event of NIP-98 on every endpoint that demands a customer, and makes the account on first sight. Signatures are judged on the
/// real clock, whatever the business clock says.
/// </summary>
sealed class Authentication(RequestDelegate next, Shop shop, IUsedEventIds used)
{
    const int MostRemembered = 100_000;

    // Users are never deleted and ids never change, so the pair can be remembered; the memory starts anew when it is full.
    readonly ConcurrentDictionary<PublicKey, UserId> _known = [];

    public async Task InvokeAsync(HttpContext context)
    {
        var access = context.GetEndpoint()?.Metadata.GetMetadata<AccessRequirement>()?.Access ?? Access.Public;
        if (access != Access.Public)
        {
            context.Response.Headers.CacheControl = "no-store";
            var key = await Identify(context, access);
            context.Features.Set(new CallerFeature(await Account(key, context.RequestAborted)));
        }
        await next(context);
    }

    async Task<PublicKey> Identify(HttpContext context, Access access)
    {
        if (access == Access.CustomerByQuery)
            return await IdentifyByQuery(context);
        var result = Verify(context, bodyHash: null);
        if (result.Outcome == Nip98Outcome.BodyHashNeeded)
            result = Verify(context, await HashBody(context));
        var outcome = result.Outcome;
        if (result.IsOk && access == Access.CustomerOnce && !await used.TryUse(result.EventId, context.RequestAborted))
            outcome = Nip98Outcome.AlreadyUsed;
        return outcome == Nip98Outcome.Ok ? result.PublicKey : throw new RequestFault(CodeOf(outcome), outcome.Message());
    }

    static ErrorCode CodeOf(Nip98Outcome outcome) => outcome switch
    {
        Nip98Outcome.NoHeader or Nip98Outcome.OtherScheme => ErrorCode.CredentialMissing,
        Nip98Outcome.OutOfTime => ErrorCode.CredentialOutOfTime,
        Nip98Outcome.AlreadyUsed => ErrorCode.CredentialUsed,
        _ => ErrorCode.InvalidCredential,
    };

    async Task<PublicKey> IdentifyByQuery(HttpContext context)
    {
        string? auth = context.Request.Query["auth"];
        if (string.IsNullOrWhiteSpace(auth))
            throw new RequestFault(ErrorCode.CredentialMissing, "Missing or invalid auth param");
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var result = Nip98.VerifyQuery(auth, new Nip98Request("GET", target, Instant.From(shop.Time.GetUtcNow()), new Bytes32(SHA256.HashData([]))));
        if (!result.IsOk)
            throw new RequestFault(CodeOf(result.Outcome), "Invalid auth event");
        return await used.TryUse(result.EventId, context.RequestAborted) ? result.PublicKey : throw new RequestFault(ErrorCode.CredentialUsed, "Invalid auth event");
    }

    Nip98Result Verify(HttpContext context, Bytes32? bodyHash)
    {
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        return Nip98.VerifyHeader(context.Request.Headers.Authorization.ToString(),
            new Nip98Request(context.Request.Method, target, Instant.From(shop.Time.GetUtcNow()), bodyHash));
    }

    static async Task<Bytes32> HashBody(HttpContext context)
    {
        context.Request.EnableBuffering();
        var hash = await SHA256.HashDataAsync(context.Request.Body, context.RequestAborted);
        context.Request.Body.Position = 0;
        return new Bytes32(hash);
    }

    async ValueTask<UserId> Account(PublicKey key, CancellationToken stop)
    {
        if (_known.TryGetValue(key, out var known))
            return known;
        var user = await shop.Db.Read(session => session.FindOrCreateUser(key, shop.Clock.Now, stop), stop);
        if (_known.Count >= MostRemembered)
            _known.Clear();
        _known[key] = user;
        return user;
    }
}
