using Lnvps.Database.Sessions;

namespace Lnvps.Database.Settings;

/// <summary>Single values by name (our own table <c>setting</c>).</summary>
public static class Settings
{
    public static Task<string?> FindSetting(this Session session, string name, CancellationToken stop) =>
        session.Find<string>("SELECT value FROM setting WHERE name = @name", new { name }, stop);

    /// <summary>Locks a value, where there is one, until the transaction ends.</summary>
    public static Task LockSetting(this Session session, string name, CancellationToken stop) =>
        session.Find<string>($"SELECT name FROM setting WHERE name = @name{session.Dialect.ForUpdate}", new { name }, stop);

    /// <summary>Writes a value unless there is one.</summary>
    public static Task AddSetting(this Session session, string name, string value, CancellationToken stop) =>
        session.Execute(session.Dialect.InsertOrKeep("setting", "name, value", "@name, @value", "name"), new { name, value }, stop);

    public static async Task PutSetting(this Session session, string name, string value, CancellationToken stop)
    {
        await session.AddSetting(name, value, stop);
        await session.Execute("UPDATE setting SET value = @value WHERE name = @name", new { name, value }, stop);
    }
}
