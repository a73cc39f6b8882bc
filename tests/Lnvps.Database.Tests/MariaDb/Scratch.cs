using Lnvps.Database.MariaDb;
using Lnvps.Testing.Servers;

namespace Lnvps.Database.Tests.MariaDb;

/// <summary>An empty database of the shared server for one test class.</summary>
public sealed class Scratch : IAsyncLifetime
{
    public string Url { get; private set; } = "";

    public async Task InitializeAsync() => Url = await (await MariaDbServer.Shared).CreateDatabase();

    public Task DisposeAsync()
    {
        MariaDbConnection.ClearPool(Url);
        return Task.CompletedTask;
    }

    /// <summary>An open connection; <paramref name="query"/> makes a pool of its own.</summary>
    public async Task<MariaDbConnection> Open(string query = "")
    {
        var connection = new MariaDbConnection(Url + query);
        await connection.OpenAsync();
        return connection;
    }
}

static class Sql
{
    internal static async Task<int> Execute(this MariaDbConnection connection, string sql, params (string Name, object? Value)[] values)
    {
        await using var command = Command(connection, sql, values);
        return await command.ExecuteNonQueryAsync();
    }

    internal static async Task<object?> Scalar(this MariaDbConnection connection, string sql, params (string Name, object? Value)[] values)
    {
        await using var command = Command(connection, sql, values);
        return await command.ExecuteScalarAsync();
    }

    internal static MariaDbCommand Command(this MariaDbConnection connection, string sql, params (string Name, object? Value)[] values)
    {
        var command = new MariaDbCommand(sql, connection);
        foreach (var (name, value) in values)
            command.Parameters.Add(name, value);
        return command;
    }
}
