using Lnvps.Core.Identity;
using Lnvps.Core.Outcomes;
using Lnvps.Database.Vms;

namespace Lnvps.Api.Vms;

/// <summary>Who may see or touch a VM (customer-api.md section 1.6): unknown 404, another's 403, deleted 404, in this order.</summary>
static class VmAccess
{
    static readonly Refusal NotFound = Refusal.NotFound("VM not found");
    static readonly Refusal NotYours = Refusal.NotYours("VM does not belong to you");

    public static Result<VmRow> Of(VmRow? vm, UserId caller) => OfDeletedToo(vm, caller).Then<VmRow>(found => found.Deleted ? NotFound : found);

    /// <summary>As <see cref="Of(VmRow?, UserId)"/>, but a deleted VM stays readable (payments, history).</summary>
    public static Result<VmRow> OfDeletedToo(VmRow? vm, UserId caller) => vm is null ? NotFound : vm.UserId == caller ? vm : NotYours;

    /// <summary>The same rule for a VM read with all its details.</summary>
    public static Result<VmDetailsRow> Of(VmDetailsRow? vm, UserId caller) =>
        vm is null ? NotFound : vm.UserId != caller ? NotYours : vm.Deleted ? NotFound : vm;
}
