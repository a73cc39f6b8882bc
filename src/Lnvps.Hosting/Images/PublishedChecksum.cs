using System.Security.Cryptography;
using System.Text;
using Lnvps.Core.Outcomes;
using Lnvps.Hosting.Hosts;

namespace Lnvps.Hosting.Images;

/// <summary>The checksum of an image as its publisher gives it.</summary>
sealed class PublishedChecksum(Download download)
{
    /// <summary>Longer lists are refused.</summary>
    const ulong MaxBytes = 1 << 20;

    /// <summary>Where the publishers of cloud images put their checksums, beside the image; {0} is its file name.</summary>
    static readonly string[] UsualPlaces = ["SHA512SUMS", "SHA256SUMS", "{0}.sha512", "{0}.sha256", "{0}.SHA256", "CHECKSUM"];

    /// <summary>Reads the image's checksum list or, when the catalogue names none, looks for one in the usual places. Null = the publisher gives none there.</summary>
    /// <exception cref="OutsideFault">
    /// Transient: a list could not be asked for. Fatal: the list that the catalogue names is not there, cannot be read or does not name the image.
    /// </exception>
    public async Task<Sha2?> Of(OsImage image, CancellationToken stop)
    {
        var file = Uri.UnescapeDataString(image.Url.AbsolutePath[(image.Url.AbsolutePath.LastIndexOf('/') + 1)..]);
        if (image.ChecksumList is { } named)
        {
            return Read(image, named, file, await Fetch(image, named, stop))
                ?? throw OutsideFault.Fatal($"The checksums of image {image.Id} at {ImageCache.Shown(named)} do not name {file}");
        }
        if (file.Length == 0)
            return null;
        foreach (var place in UsualPlaces)
        {
            var list = new Uri(image.Url, place.Replace("{0}", Uri.EscapeDataString(file), StringComparison.Ordinal));
            try
            {
                if (Read(image, list, file, await Fetch(image, list, stop)) is { } sum)
                    return sum;
            }
            catch (OutsideFault absent) when (!absent.IsTransient)
            {
                // Not there, or a page for people.
            }
        }
        return null;
    }

    async Task<string> Fetch(OsImage image, Uri list, CancellationToken stop)
    {
        if (list.Scheme is not ("http" or "https"))
            throw OutsideFault.Fatal($"The checksums of image {image.Id} have a URL with the unknown scheme '{list.Scheme}'");
        using var text = new MemoryStream();
        await download.Run($"The checksum list of image {image.Id}", list, text, MaxBytes, HashAlgorithmName.SHA256, progress: null, stop);
        return Encoding.UTF8.GetString(text.GetBuffer().AsSpan(0, (int)text.Length));
    }

    static Sha2? Read(OsImage image, Uri list, string file, string text)
    {
        try
        {
            return ChecksumList.Find(text, file);
        }
        catch (InvalidDataException unclear)
        {
            throw OutsideFault.Fatal($"The checksums of image {image.Id} at {ImageCache.Shown(list)} cannot be used: {unclear.Message}", unclear);
        }
    }
}
