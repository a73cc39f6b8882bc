using System.Security.Cryptography;
using System.Text;
using Lnvps.Core.Identity;
using Lnvps.Core.Outcomes;
using Lnvps.Hosting.Hosts;

namespace Lnvps.Hosting.Images;

/// <summary>
/// Fetches images to this machine and checks them, before they go to the hosts (provisioning.md section 12.5). One cache serves all hosts of a
/// process; an image is fetched once at a time. Images with a checksum, from the catalogue or from their publisher, are kept for the next host.
/// </summary>
/// <param name="folder">Where files are kept; made when missing. It need not be trusted: what leaves the cache was hashed through the same open file.</param>
/// <param name="maxBytes">Larger images are refused.</param>
public sealed class ImageCache(string folder, HttpClient http, TimeProvider time, ulong maxBytes = ImageCache.DefaultMaxBytes)
{
    public const ulong DefaultMaxBytes = 64UL << 30;

    readonly KeyedLock<ImageId> _locks = new();
    readonly Download _download = new(http, time);

    /// <summary>Default of the setting <c>image-cache-dir</c>.</summary>
    public static string DefaultFolder => Path.Combine(Path.GetTempPath(), "lnvps-images");

    /// <summary>Opens the image, fetching it when needed (http, https or file). The caller disposes the result.</summary>
    /// <exception cref="OutsideFault">
    /// Transient: source unreachable, silent, busy or broken off. Fatal: refused by the source, too large, no or wrong checksum, unusable content.
    /// </exception>
    public async Task<ImageFile> Open(OsImage image, IProgress<ImageProgress>? progress, CancellationToken stop)
    {
        if (image.Url.IsFile)
            return await OpenFile(image.Url.LocalPath, image, image.Checksum, progress, stop);
        if (image.Url.Scheme is not ("http" or "https"))
            throw OutsideFault.Fatal($"Image {image.Id} has a URL with the unknown scheme '{image.Url.Scheme}'");

        using var held = await _locks.Enter(image.Id, stop);
        var expected = image.Checksum ?? await new PublishedChecksum(_download).Of(image, stop);
        var path = Path.Combine(folder, KeyOf(image, expected));
        // Without a checksum nothing would show that the cached file is the published one, or that the publisher has a newer one.
        if (expected is not null && File.Exists(path))
        {
            try
            {
                return await OpenFile(path, image, expected, progress: null, stop);
            }
            catch (OutsideFault)
            {
                File.Delete(path);
            }
        }
        return await Fetch(image, expected, path, progress, stop);
    }

    // A changed row or publication (other URL or checksum) is another file.
    static string KeyOf(OsImage image, Sha2? checksum) =>
        $"{image.Id}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{image.Url.AbsoluteUri} {checksum}")).AsSpan(0, 8))}";

    async Task<ImageFile> OpenFile(string path, OsImage image, Sha2? expected, IProgress<ImageProgress>? progress, CancellationToken stop)
    {
        FileStream file;
        try
        {
            file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0, useAsync: true);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            throw OutsideFault.Fatal($"Image {image.Id} cannot be read: {gone.Message}", gone);
        }
        try
        {
            if ((ulong)file.Length > maxBytes)
                throw TooLarge(image);
            var read = await Copying.Through(file, Stream.Null, maxBytes, (ulong)file.Length, KindOf(expected), progress, silence: null, time, stop);
            return Verified(image, expected, file, read);
        }
        catch
        {
            await file.DisposeAsync();
            throw;
        }
    }

    async Task<ImageFile> Fetch(OsImage image, Sha2? expected, string path, IProgress<ImageProgress>? progress, CancellationToken stop)
    {
        FileStream file;
        var part = $"{path}.{Path.GetRandomFileName()}.part";
        try
        {
            Directory.CreateDirectory(folder);
            RemoveOlder(path, image);
            // CreateNew follows no link that someone else may have put there.
            file = new FileStream(part, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete, bufferSize: 0, useAsync: true);
        }
        catch (Exception unusable) when (unusable is IOException or UnauthorizedAccessException)
        {
            throw OutsideFault.Fatal($"The image cache {folder} cannot be used: {unusable.Message}", unusable);
        }
        try
        {
            var fetched = await _download.Run($"Image {image.Id}", image.Url, file, maxBytes, KindOf(expected), progress, stop);
            var verified = Verified(image, expected, file, fetched);
            Keep(part, path, expected);
            return verified;
        }
        catch
        {
            await file.DisposeAsync();
            File.Delete(part);
            throw;
        }
    }

    // The open file stays whole whatever happens to its name.
    static void Keep(string part, string path, Sha2? checksum)
    {
        if (checksum is null)
        {
            File.Delete(part);
            return;
        }
        try
        {
            File.Move(part, path, overwrite: true);
        }
        catch (IOException)
        {
            // Another process fetched the same image and tidied up: the next host fetches it again.
        }
    }

    // What this image was before its row changed, and what broken-off downloads left.
    void RemoveOlder(string path, OsImage image)
    {
        foreach (var old in Directory.EnumerateFiles(folder, $"{image.Id}-*").Where(f => f != path))
            File.Delete(old);
    }

    static HashAlgorithmName KindOf(Sha2? checksum) => checksum?.Algorithm ?? HashAlgorithmName.SHA256;

    static ImageFile Verified(OsImage image, Sha2? expected, FileStream file, Copied copied)
    {
        if (expected is not null && expected != copied.Wanted)
        {
            throw OutsideFault.Fatal(
                $"Image {image.Id} from {Shown(image.Url)} has the {expected.Algorithm.Name} checksum {copied.Wanted} instead of {expected}");
        }
        var header = ImageHeader.Read(copied.Head, (ulong)file.Length);
        file.Position = 0;
        return new ImageFile(file, header, copied.Sha256, expected);
    }

    OutsideFault TooLarge(OsImage image) => OutsideFault.Fatal($"Image {image.Id} from {Shown(image.Url)} is larger than {maxBytes} bytes");

    /// <summary>A URL without what may be a secret: user name, password and query.</summary>
    internal static string Shown(Uri url) => url.IsFile ? url.LocalPath : url.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped);
}
