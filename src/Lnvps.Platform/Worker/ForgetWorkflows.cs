using Lnvps.Core.Time;
using Lnvps.Database.Workflows;

namespace Lnvps.Platform.Worker;

/// <summary>
/// Removes workflows that ended long ago, with their steps. Those that were given up with something left to do stay, until an operator has seen to them.
/// </summary>
public sealed class ForgetWorkflows(Shop shop)
{
    public static readonly TimeSpan Every = TimeSpan.FromHours(1);

    /// <summary>How long an ended workflow can still be looked at.</summary>
    public static readonly TimeSpan After = TimeSpan.FromDays(90);

    const int Page = 500;
    const int MostPages = 20;

    /// <summary>Removes at most 10,000; returns how many.</summary>
    public async Task<int> Round(CancellationToken stop)
    {
        var before = shop.Time.Moment().Plus(-After);
        var removed = 0;
        for (var page = 0; page < MostPages; page++)
        {
            var now = await shop.Db.Write(session => session.DeleteEndedWorkflows(before, Page, stop), stop);
            removed += now;
            if (now < Page)
                break;
        }
        return removed;
    }
}
