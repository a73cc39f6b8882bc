using Lnvps.Core.Identity;
using Lnvps.Core.Time;
using Lnvps.Database.Encryption;
using Lnvps.Database.Sessions;

namespace Lnvps.Database.Users;

/// <summary>A row of <c>user_ssh_key</c>. <see cref="KeyData"/> is encrypted when a key is loaded.</summary>
public sealed record SshKeyRow
{
    public SshKeyId Id { get; init; }
    public string Name { get; init; } = "";
    public UserId UserId { get; init; }
    public Instant Created { get; init; }
    public SealedText KeyData { get; init; }
}

/// <summary>Queries of customers' SSH keys (data-model.md section 7.5).</summary>
public static class SshKeys
{
    const string Columns = "id, name, user_id, created, key_data";

    public static Task<SshKeyRow?> FindSshKey(this Session session, SshKeyId id, CancellationToken stop) =>
        session.Find<SshKeyRow>($"SELECT {Columns} FROM user_ssh_key WHERE id = @id", new { id }, stop);

    public static Task<List<SshKeyRow>> ListSshKeys(this Session session, UserId user, CancellationToken stop) =>
        session.List<SshKeyRow>($"SELECT {Columns} FROM user_ssh_key WHERE user_id = @user ORDER BY id", new { user }, stop);

    public static async Task<SshKeyId> AddSshKey(this Session session, UserId user, string name, SealedText key, Instant now, CancellationToken stop) =>
        new(await session.Insert("INSERT INTO user_ssh_key (name, user_id, created, key_data) VALUES (@name, @user, @now, @key)",
            new { name, user, now, key }, stop));
}
