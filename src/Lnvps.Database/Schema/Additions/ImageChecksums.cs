using static Lnvps.Database.Schema.Declarations.Columns;

namespace Lnvps.Database.Schema.Additions;

/// <summary>What the download of an image is checked against: the checksum itself, or where its publisher lists it.</summary>
static class ImageChecksums
{
    public static readonly Addition Addition = new(2026030130, "checksums of images", sql =>
    [
        .. sql.AddColumn("vm_os_image", Varchar("sha2", 128).OrNull()),
        .. sql.AddColumn("vm_os_image", Varchar("sha2_url", 1024).OrNull()),
    ]);
}
