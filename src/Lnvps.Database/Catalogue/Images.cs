using Lnvps.Core.Catalogue;
using Lnvps.Core.Identity;
using Lnvps.Core.Time;
using Lnvps.Database.Sessions;

namespace Lnvps.Database.Catalogue;

/// <summary>A row of <c>vm_os_image</c>.</summary>
public sealed record ImageRow
{
    public ImageId Id { get; init; }
    public OsDistribution Distribution { get; init; }
    public string Flavour { get; init; } = "";
    public string Version { get; init; } = "";
    public bool Enabled { get; init; }
    public Instant ReleaseDate { get; init; }
    public string Url { get; init; } = "";
    public string? DefaultUsername { get; init; }

    /// <summary>Hexadecimal SHA-256, SHA-384 or SHA-512 of the file at <see cref="Url"/>; null = that of its publisher.</summary>
    public string? Sha2 { get; init; }

    /// <summary>URL of the publisher's checksum file; null = found beside the image, if there is one.</summary>
    public string? Sha2Url { get; init; }
}

/// <summary>Queries of operating system images (data-model.md section 7.3).</summary>
public static class Images
{
    const string Columns = "id, distribution, flavour, version, enabled, release_date, url, default_username, sha2, sha2_url";

    public static Task<List<ImageRow>> ListEnabledImages(this Session session, CancellationToken stop) =>
        session.List<ImageRow>($"SELECT {Columns} FROM vm_os_image WHERE enabled = 1 ORDER BY id", null, stop);

    public static Task<ImageRow?> FindImage(this Session session, ImageId id, CancellationToken stop) =>
        session.Find<ImageRow>($"SELECT {Columns} FROM vm_os_image WHERE id = @id", new { id }, stop);
}
