using System.Globalization;
using Lnvps.Database.Sessions;
using Lnvps.Database.Settings;

namespace Lnvps.Platform.Payments;

/// <summary>
/// The node's settle index up to which every settlement was processed, kept in the transaction that completes a payment (billing.md section 13). It only
/// saves time: the sweep alone would find every paid invoice.
/// </summary>
static class SettledCursor
{
    const string Name = "lightning-settle-index";

    /// <summary>0 when nothing is known: the node then sends new settlements only.</summary>
    public static async Task<ulong> Read(Session session, CancellationToken stop) =>
        ulong.TryParse(await session.FindSetting(Name, stop), NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? index : 0;

    /// <summary>Moves forward, never back: several processes listen at once.</summary>
    public static async Task Advance(Session session, ulong index, CancellationToken stop)
    {
        if (index <= await Read(session, stop))
            return;
        // Another may be faster; with a row that is locked until it commits, what is read next is the last word.
        await session.AddSetting(Name, "0", stop);
        await session.LockSetting(Name, stop);
        if (index > await Read(session, stop))
            await session.PutSetting(Name, index.ToString(CultureInfo.InvariantCulture), stop);
    }
}
