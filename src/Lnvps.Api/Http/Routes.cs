using System.Text.Json.Serialization.Metadata;
using Lnvps.Api.Http.Contracts;
using Lnvps.Api.Http.Repetition;
using Lnvps.Core.Outcomes;

namespace Lnvps.Api.Http;

/// <summary>Who may call an endpoint; the requirement is data on the endpoint, so that a test can walk all of them.</summary>
enum Access
{
    /// <summary>Anyone; an Authorization header is ignored.</summary>
    Public,
    /// <summary>A customer, by NIP-98.</summary>
    Customer,
    /// <summary>A customer, and the signed event is used up by the call (customer-api.md section 2.3).</summary>
    CustomerOnce,
    /// <summary>A customer whose browser cannot send a header: the signed event comes in the query parameter <c>auth</c>, for the method GET, and is used up.</summary>
    CustomerByQuery,
}

sealed record AccessRequirement(Access Access);

/// <summary>
/// Registers use cases: path, access, wire type, handler; what else a call takes and gives is declared on the contract that comes back. Refusals and wrong input
/// turn into the JSON error envelope in one place.
/// </summary>
sealed class Routes(IEndpointRouteBuilder endpoints)
{
    static readonly string[] Reads = ["GET", "HEAD"];

    /// <param name="repeat">For calls with an Idempotency-Key; only where the call changes something (<see cref="Access.CustomerOnce"/>).</param>
    public Contract Get<T>(string path, Access access, JsonTypeInfo<T> type, Func<Call, Task<Result<T>>> handle, Repeatable? repeat = null) =>
        Map(Reads, path, access, type, handle, repeat);

    /// <inheritdoc cref="Get"/>
    public Contract Post<T>(string path, Access access, JsonTypeInfo<T> type, Func<Call, Task<Result<T>>> handle, Repeatable? repeat = null) =>
        Map(["POST"], path, access, type, handle, repeat);

    /// <summary>A list in pages: the rows wanted and how many there are.</summary>
    public Contract GetPage<T>(string path, Access access, JsonTypeInfo<List<T>> type, Func<Call, Paging, Task<Result<Page<T>>>> handle) => Add(Reads, path, access, new AnswerForm.Page(type), async context =>
    {
        var call = new Call(context);
        var paging = Paging.Of(call);
        var result = await handle(call, paging);
        if (result.IsOk)
            await Reply.Page(context, result.Value, paging, type);
        else
            await Reply.Refused(context, result.Refusal);
    }).Query("limit", Form.Count, "How many rows; 50 unless given, 100 at most").Query("offset", Form.Count, "How many rows to leave out; none unless given");

    /// <summary>A call that answers <c>{"data": null}</c>.</summary>
    public Contract Post(string path, Access access, Func<Call, Task<Refusal?>> handle) => Change(["POST"], path, access, handle, repeat: null);

    /// <summary>A call that answers <c>{"data": null}</c>.</summary>
    /// <param name="repeat">As of <see cref="Get"/>.</param>
    public Contract Patch(string path, Access access, Func<Call, Task<Refusal?>> handle, Repeatable? repeat = null) => Change(["PATCH"], path, access, handle, repeat);

    /// <summary>A call that answers <c>{"data": null}</c>.</summary>
    /// <param name="repeat">As of <see cref="Get"/>.</param>
    public Contract Delete(string path, Access access, Func<Call, Task<Refusal?>> handle, Repeatable? repeat = null) => Change(["DELETE"], path, access, handle, repeat);

    /// <summary>An answer of its own form, to be declared.</summary>
    public Contract Document(string path, Access access, RequestDelegate handle) => Add(Reads, path, access, new AnswerForm.Empty(StatusCodes.Status200OK), handle);

    Contract Change(string[] methods, string path, Access access, Func<Call, Task<Refusal?>> handle, Repeatable? repeat) => Add(methods, path, access, new AnswerForm.Done(), async context =>
    {
        var call = new Call(context);
        var refusal = repeat is Repeatable<Nothing> known && context.Features.Get<MadeBefore>() is { } made
            ? (await known.Find(call, made.What)).Refusal
            : await handle(call);
        if (refusal is not null)
            await Reply.Refused(context, refusal);
        else
            await Reply.Done(context);
    }, access == Access.CustomerOnce ? repeat ?? Repeatable.Never : null);

    /// <summary>Messages of an outside service, in whatever method it likes, with answers of its own form.</summary>
    public Contract Webhook(string path, RequestDelegate handle) => Add(["POST", "GET", "HEAD", "PUT", "PATCH", "DELETE"], path, Access.Public, new AnswerForm.Empty(StatusCodes.Status200OK), handle);

    Contract Map<T>(string[] methods, string path, Access access, JsonTypeInfo<T> type, Func<Call, Task<Result<T>>> handle, Repeatable? repeat) =>
        Add(methods, path, access, new AnswerForm.Data(type), async context =>
        {
            var call = new Call(context);
            var result = repeat is Repeatable<T> known && context.Features.Get<MadeBefore>() is { } made ? await known.Find(call, made.What) : await handle(call);
            if (result.IsOk)
                await Reply.Data(context, result.Value, type);
            else
                await Reply.Refused(context, result.Refusal);
        }, access == Access.CustomerOnce ? repeat ?? Repeatable.Never : null);

    Contract Add(string[] methods, string path, Access access, AnswerForm answer, RequestDelegate handle, Repeatable? repeat = null)
    {
        var contract = new Contract(answer);
        var endpoint = endpoints.MapMethods(path, methods, handle).WithMetadata(new AccessRequirement(access), contract);
        if (repeat is not null)
            endpoint.WithMetadata(repeat);
        return contract;
    }
}
