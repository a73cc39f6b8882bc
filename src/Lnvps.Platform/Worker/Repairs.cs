using Lnvps.Core.Time;
using Lnvps.Database.Encryption;
using Lnvps.Database.Worker;
using Microsoft.Extensions.Logging;

namespace Lnvps.Platform.Worker;

/// <summary>What is put right at start, by one process at a time (data-model.md section 7.16). Each repair can be repeated; one that fails is logged.</summary>
/// <param name="owner">Name of this process in the lease.</param>
public sealed partial class Repairs(Shop shop, string owner, ILogger<Repairs> log)
{
    const string Lease = "worker-repairs";

    /// <summary>A process that dies during the repairs keeps others from them for this long.</summary>
    static readonly TimeSpan LeaseLength = TimeSpan.FromMinutes(10);

    /// <summary>Runs the repairs, unless another process does: then false.</summary>
    public async Task<bool> Run(CancellationToken stop)
    {
        var now = shop.Time.Moment();
        var until = now.Plus(LeaseLength);
        if (!await shop.Db.Read(session => session.TakeLease(Lease, owner, now, until, stop), stop))
            return false;
        try
        {
            await Repair("encrypting old plaintext", () => shop.Db.EncryptOldPlaintext(stop), stop);
        }
        finally
        {
            await shop.Db.Read(async session =>
            {
                await session.GiveBackLease(Lease, owner, until, CancellationToken.None);
                return true;
            }, CancellationToken.None);
        }
        return true;
    }

    async Task Repair(string name, Func<Task<int>> repair, CancellationToken stop)
    {
        try
        {
            if (await repair() is > 0 and var count)
                LogRepaired(log, name, count);
        }
        catch (Exception error) when (!stop.IsCancellationRequested)
        {
            LogFailed(log, error, name);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Repair at start, {Repair}: {Count} values")]
    static partial void LogRepaired(ILogger logger, string repair, int count);

    [LoggerMessage(Level = LogLevel.Error, Message = "Repair at start, {Repair}, failed")]
    static partial void LogFailed(ILogger logger, Exception error, string repair);
}
