using System.Globalization;
using Lnvps.Core.Time;
using Lnvps.Database.Sessions;
using Lnvps.Database.Settings;

namespace Lnvps.Platform.Development;

/// <summary>
/// The business clock of a development shop: the real time and an offset that only grows and outlives the process, so that what has once expired stays expired.
/// It may be read from any thread.
/// </summary>
public sealed class MovableClock : IClock
{
    const string Setting = "development-clock-offset";

    readonly Db _db;
    readonly TimeProvider _time;
    long _offset;

    MovableClock(Db db, TimeProvider time, long offset) => (_db, _time, _offset) = (db, time, offset);

    /// <summary>The clock of this database, as far ahead as it was left.</summary>
    public static async Task<MovableClock> Open(Db db, TimeProvider time, CancellationToken stop)
    {
        var stored = await db.Read(session => session.FindSetting(Setting, stop), stop);
        return new MovableClock(db, time, long.TryParse(stored, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? seconds : 0);
    }

    public Instant Now => Instant.From(_time.GetUtcNow()).PlusSeconds(Interlocked.Read(ref _offset));

    /// <summary>Goes ahead to a moment; does nothing when it is past. One caller at a time (<see cref="ClockTravel"/>).</summary>
    internal async Task MoveTo(Instant moment, CancellationToken stop)
    {
        var ahead = moment.SecondsSince(Now);
        if (ahead <= 0)
            return;
        var offset = Interlocked.Read(ref _offset) + ahead;
        await _db.Write(session => session.PutSetting(Setting, offset.ToString(CultureInfo.InvariantCulture), stop), stop);
        Interlocked.Exchange(ref _offset, offset);
    }
}
