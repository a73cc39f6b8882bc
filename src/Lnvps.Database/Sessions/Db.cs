using System.Data.Common;
using Lnvps.Core.Outcomes;
using Lnvps.Database.Encryption;

namespace Lnvps.Database.Sessions;

/// <summary>An opened database: dialect, field cipher, and the two ways to talk to it.</summary>
public sealed class Db(Dialect dialect, FieldCipher cipher, TimeProvider time)
{
    const int Attempts = 6;

    static Db() => TypeHandlers.Register();

    public Dialect Dialect { get; } = dialect;

    /// <summary>Encrypts and decrypts the columns of data-model.md section 5.1.</summary>
    public FieldCipher Cipher { get; } = cipher;

    /// <summary>A session without transaction, for reads and single statements.</summary>
    public async Task<Session> Open(CancellationToken stop) => new(this, await Dialect.Connect(stop), null);

    /// <summary>As <see cref="Open"/>, for work on the schema itself.</summary>
    internal async Task<Session> OpenPatient(CancellationToken stop) => new(this, await Dialect.Connect(stop), null) { IsPatient = true };

    /// <summary>Reads through a session of its own.</summary>
    public async Task<T> Read<T>(Func<Session, Task<T>> work, CancellationToken stop)
    {
        await using var session = new Session(this, await Dialect.ConnectToRead(stop), null);
        return await work(session);
    }

    /// <summary>
    /// Runs <paramref name="work"/> in one write transaction and commits it; what ends in a refusal (a <see cref="Refusal"/>, or a result that is one) changes nothing. After a deadlock, a lock time-out or a lost connection the whole
    /// work runs again on fresh data, up to six times, so it must have no effect outside the database.
    /// </summary>
    public async Task<T> Write<T>(Func<Session, Task<T>> work, CancellationToken stop)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                using var turn = await Dialect.TakeTurn(stop);
                var connection = await Dialect.Connect(stop);
                DbTransaction transaction;
                try
                {
                    transaction = await Dialect.BeginWrite(connection, stop);
                }
                catch
                {
                    await connection.DisposeAsync();
                    throw;
                }
                await using var session = new Session(this, connection, transaction);
                var result = await work(session);
                if (result is Refusal or IOutcome { IsOk: false })
                    return result;
                if (CommitWitness.Current is { } witness)
                    await witness.BeforeCommit(session, session.WhatWasMade, stop);
                await session.Commit(stop);
                return result;
            }
            catch (DbException error) when (attempt < Attempts && Dialect.IsTransient(error))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(10 << attempt), time, stop);
            }
        }
    }

    /// <inheritdoc cref="Write{T}"/>
    public Task Write(Func<Session, Task> work, CancellationToken stop) =>
        Write<bool>(async session =>
        {
            await work(session);
            return true;
        }, stop);
}
