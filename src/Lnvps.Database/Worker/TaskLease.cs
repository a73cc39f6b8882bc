using System.Globalization;
using Lnvps.Core.Time;
using Lnvps.Database.Sessions;
using Lnvps.Database.Settings;

namespace Lnvps.Database.Worker;

/// <summary>A right, for a while, to do what one process at a time should do: a row of <c>setting</c> that is changed by a conditional update.</summary>
public static class TaskLease
{
    /// <summary>Takes the lease; false while another holds it. Call it in a session without transaction.</summary>
    /// <param name="owner">Who takes it; whoever holds it already takes it again.</param>
    public static async Task<bool> TakeLease(this Session session, string name, string owner, Moment now, Moment until, CancellationToken stop)
    {
        await session.Execute(session.Dialect.InsertOrKeep("setting", "name, value", "@name, '0'", "name"), new { name }, stop);
        var seen = await session.FindSetting(name, stop) ?? "0";
        var parts = seen.Split(' ', 2);
        var held = long.TryParse(parts[0], NumberStyles.Integer, CultureInfo.InvariantCulture, out var end) && new Moment(end) > now;
        if (held && parts[^1] != owner)
            return false;
        var value = string.Create(CultureInfo.InvariantCulture, $"{until.UnixMilliseconds} {owner}");
        return await session.Execute("UPDATE setting SET value = @value WHERE name = @name AND value = @seen", new { name, value, seen }, stop) > 0;
    }

    /// <summary>Gives it back, unless another has taken it meanwhile.</summary>
    public static Task GiveBackLease(this Session session, string name, string owner, Moment until, CancellationToken stop) =>
        session.Execute("UPDATE setting SET value = '0' WHERE name = @name AND value = @value",
            new { name, value = string.Create(CultureInfo.InvariantCulture, $"{until.UnixMilliseconds} {owner}") }, stop);
}
