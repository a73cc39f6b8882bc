using Lnvps.Database.Sessions;

namespace Lnvps.Testing.Invariants;

/// <summary>
/// The invariants of data-model.md section 8, checked on the whole database; each finding begins with its number. Not here: 1, which keys and types of the schema
/// enforce, and 14 and 34, which forbid changes and therefore compare two looks. Of 31 and 26 what a single look can see.
/// </summary>
public static class ShopInvariants
{
    /// <summary>What is broken; empty when all is well.</summary>
    public static async Task<IReadOnlyList<string>> Check(Session session, CancellationToken stop) =>
    [
        .. await RowInvariants.Check(session, stop),
        .. await ColumnInvariants.Check(session, stop),
        .. await AddressInvariants.Check(session, stop),
        .. await IpSpaceInvariants.Check(session, stop),
        .. await PaymentInvariants.Check(session, stop),
        .. await ExpiryInvariants.Check(session, stop),
        .. await SetupInvariants.Check(session, stop),
    ];
}
