using System.Security.Cryptography;
using System.Text;
using Lnvps.Core.Identity;
using Lnvps.Core.Outcomes;
using Lnvps.Hosting.Hosts;
using Lnvps.Hosting.Images;
using Lnvps.Hosting.LibVirt.Documents;
using Lnvps.Hosting.LibVirt.Native;

namespace Lnvps.Hosting.LibVirt;

/// <summary>
/// Images as volumes of the image pool. LibVirt cannot rename a volume, so an upload goes to the final name at once; the small origin volume,
/// written last and deleted first, tells a whole image from a broken-off one, and an outdated image from the wanted one.
/// </summary>
static class ImageVolumes
{
    const int OriginBytes = 512;

    /// <summary>Is the whole, wanted image there?</summary>
    /// <returns>Its format, or null.</returns>
    public static ImageFormat? Present(Connection connection, Pool pool, OsImage image)
    {
        using var origin = Volume.Find(pool, Names.ImageOrigin(image.Id));
        if (origin is null || Volumes.ReadSmall(connection, origin, OriginBytes) is not { } bytes)
            return null;
        var lines = Encoding.ASCII.GetString(bytes).Split('\n');
        if (lines is not [var format, var sha256, var checksum, var source, ""])
            return null;
        var wanted = image.Checksum?.ToString() is { } expected ? expected == sha256 || expected == checksum : source == SourceOf(image);
        if (!wanted || !Enum.TryParse<ImageFormat>(format, out var known))
            return null;
        using var volume = Volume.Find(pool, Names.Image(image.Id, known));
        return volume is null ? null : known;
    }

    /// <summary>Replaces whatever is there under the image's names.</summary>
    public static void Put(Connection connection, Pool pool, OsImage image, ImageFile file, IProgress<ImageProgress>? progress, CancellationToken stop)
    {
        Volumes.DeleteNamed(pool, Names.ImageOrigin(image.Id));
        foreach (var format in Enum.GetValues<ImageFormat>())
            Volumes.DeleteNamed(pool, Names.Image(image.Id, format));
        var description = StorageDocuments.Volume(Names.Image(image.Id, file.Header.Format), Text(file.Header.Format), file.Header.VirtualSize.Value);
        Volumes.Upload(connection, pool, description, file.Content, file.Length, file.Sha256, progress, stop);
        Volumes.PutSmall(connection, pool, Names.ImageOrigin(image.Id),
            Encoding.ASCII.GetBytes($"{file.Header.Format}\n{file.Sha256}\n{file.Checksum}\n{SourceOf(image)}\n"));
    }

    /// <summary>The image's volume, known to the daemon under its right format. The caller disposes it.</summary>
    /// <exception cref="OutsideFault">Fatal: not there, or the daemon takes it for something else.</exception>
    public static Volume Open(Connection connection, Pool pool, OsImage image)
    {
        if (Present(connection, pool, image) is not { } format)
            throw OutsideFault.Fatal($"Image {image.Id} is not on the host");
        var volume = Find();
        // A daemon that was restarted has looked at the file itself. Copying qcow2 bytes as if they were a raw disk would give a dead machine,
        // and taking a raw disk for anything else would let its content name files of the host.
        if (StorageDocuments.FormatOf(volume.Xml) is not { } taken || taken == Text(format) || (format == ImageFormat.Raw && taken == "iso"))
            return volume;
        volume.Dispose();
        throw OutsideFault.Fatal($"Image {image.Id} is {Text(format)}, but LibVirt takes it for {taken}");

        Volume Find() => Volume.Find(pool, Names.Image(image.Id, format)) ?? throw OutsideFault.Fatal($"Image {image.Id} is not on the host");
    }

    static string Text(ImageFormat format) => format == ImageFormat.Qcow2 ? "qcow2" : "raw";

    // Only a hash of the URLs: they may carry a password.
    static string SourceOf(OsImage image) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{image.Url.AbsoluteUri} {image.ChecksumList?.AbsoluteUri}")));
}
