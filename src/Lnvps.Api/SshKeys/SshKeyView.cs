using Lnvps.Core.Time;
using Lnvps.Database.Users;

namespace Lnvps.Api.SshKeys;

/// <summary>An SSH key as its owner sees it; the key material is never returned.</summary>
sealed record SshKeyView(uint Id, string Name, Instant Created)
{
    public static SshKeyView Of(SshKeyRow row) => new(row.Id.Value, row.Name, row.Created);
}

/// <summary>Body of POST ssh-key.</summary>
sealed record NewSshKey(string Name, string KeyData);
