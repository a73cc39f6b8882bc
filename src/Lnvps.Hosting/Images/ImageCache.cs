using System.Security.Cryptography;
using System.Text;
using Lnvps.Core.Identity;
using Lnvps.Core.Outcomes;
using Lnvps.Hosting.Hosts;

namespace Lnvps.Hosting.Images;

/// <summary>
/// Fetches images to this machine and checks them, before they go to the hosts (provisioning.md section 12.5). One cache serves all hosts of a
/// process; an image is fetched once at a time. Images with a known checksum are kept for the next host.
/// </summary>
/// <param name="folder">Where files are kept; made when missing. It need not be trusted: what leaves the cache was hashed through the same open file.</param>
/// <param name="maxBytes">Larger images are refused.</param>
public sealed class ImageCache(string folder, HttpClient http, TimeProvider time, ulong maxBytes = ImageCache.DefaultMaxBytes)
{
    public const ulong DefaultMaxBytes = 64UL << 30;

    readonly KeyedLock<string> _locks = new();

    /// <summary>Default of the setting <c>image-cache-dir</c>.</summary>
    public static string DefaultFolder => Path.Combine(Path.GetTempPath(), "lnvps-images");

    /// <summary>Opens the image, fetching it when needed (http, https or file). The caller disposes the result.</summary>
    /// <exception cref="OutsideFault">
    /// Transient: source unreachable, silent, busy or broken off. Fatal: refused by the source, too large, wrong checksum, unusable content.
    /// </exception>
    public async Task<ImageFile> Open(OsImage image, IProgress<ImageProgress>? progress, CancellationToken stop)
    {
        if (image.Url.IsFile)
            return await OpenFile(image.Url.LocalPath, image, progress, stop);
        if (image.Url.Scheme is not ("http" or "https"))
            throw OutsideFault.Fatal($"Image {image.Id} has a URL with the unknown scheme '{image.Url.Scheme}'");

        var path = Path.Combine(folder, KeyOf(image));
        using var held = await _locks.Enter(path, stop);
        // Without a checksum nothing would show that the cached file is the published one, or that the publisher has a newer one.
        if (image.Sha256 is not null && File.Exists(path))
        {
            try
            {
                return await OpenFile(path, image, progress: null, stop);
            }
            catch (OutsideFault)
            {
                File.Delete(path);
            }
        }
        return await Fetch(image, path, progress, stop);
    }

    // A changed row (other URL or checksum) is another file.
    static string KeyOf(OsImage image) =>
        $"{image.Id}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{image.Url.AbsoluteUri} {image.Sha256}")).AsSpan(0, 8))}";

    async Task<ImageFile> OpenFile(string path, OsImage image, IProgress<ImageProgress>? progress, CancellationToken stop)
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
            var (hash, head, _) = await Copying.Through(file, Stream.Null, maxBytes, (ulong)file.Length, progress, silence: null, time, stop);
            return Verified(image, file, hash, head);
        }
        catch
        {
            await file.DisposeAsync();
            throw;
        }
    }

    async Task<ImageFile> Fetch(OsImage image, string path, IProgress<ImageProgress>? progress, CancellationToken stop)
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
            var (hash, head) = await new ImageDownload(http, time, maxBytes).Run(image, file, progress, stop);
            var verified = Verified(image, file, hash, head);
            Keep(part, path, image);
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
    static void Keep(string part, string path, OsImage image)
    {
        if (image.Sha256 is null)
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

    ImageFile Verified(OsImage image, FileStream file, Bytes32 hash, byte[] head)
    {
        if (image.Sha256 is { } expected && expected != hash)
            throw OutsideFault.Fatal($"Image {image.Id} from {Shown(image.Url)} has the checksum {hash} instead of {expected}");
        var header = ImageHeader.Read(head, (ulong)file.Length);
        file.Position = 0;
        return new ImageFile(file, header, hash);
    }

    OutsideFault TooLarge(OsImage image) => OutsideFault.Fatal($"Image {image.Id} from {Shown(image.Url)} is larger than {maxBytes} bytes");

    /// <summary>A URL without what may be a secret: user name, password and query.</summary>
    internal static string Shown(Uri url) => url.IsFile ? url.LocalPath : url.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped);
}
