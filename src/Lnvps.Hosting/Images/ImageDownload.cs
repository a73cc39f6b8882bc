using System.Net;
using Lnvps.Core.Identity;
using Lnvps.Core.Outcomes;
using Lnvps.Hosting.Hosts;

namespace Lnvps.Hosting.Images;

/// <summary>One download over HTTP: whole or not at all.</summary>
sealed class ImageDownload(HttpClient http, TimeProvider time, ulong maxBytes)
{
    static readonly TimeSpan Silence = TimeSpan.FromSeconds(60);

    /// <returns>Checksum and beginning of what was written.</returns>
    /// <exception cref="OutsideFault">See <see cref="ImageCache.Open"/>.</exception>
    public async Task<(Bytes32 Hash, byte[] Head)> Run(OsImage image, FileStream file, IProgress<ImageProgress>? progress, CancellationToken stop)
    {
        var source = ImageCache.Shown(image.Url);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, image.Url);
            using var response = await Ask(request, stop);
            if (!response.IsSuccessStatusCode)
                throw Refused(source, response.StatusCode);
            var total = (ulong?)response.Content.Headers.ContentLength;
            if (total > maxBytes)
                throw OutsideFault.Fatal($"Image {image.Id} from {source} has {total} bytes; at most {maxBytes} are allowed");
            await using var body = await response.Content.ReadAsStreamAsync(stop);
            var (hash, head, length) = await Copying.Through(body, file, maxBytes, total, progress, Silence, time, stop);
            if (total is not null && length != total)
                throw OutsideFault.Transient($"Image {image.Id} from {source} ended after {length} of {total} bytes");
            return (hash, head);
        }
        catch (InvalidDataException)
        {
            throw OutsideFault.Fatal($"Image {image.Id} from {source} has more than the allowed {maxBytes} bytes");
        }
        catch (UriFormatException unusable)
        {
            throw OutsideFault.Fatal($"{source} redirects to an address that cannot be used", unusable);
        }
        catch (Exception broken) when (broken is HttpRequestException or IOException or TimeoutException)
        {
            throw OutsideFault.Transient($"Image {image.Id} could not be fetched from {source}: {broken.Message}", broken);
        }
    }

    async Task<HttpResponseMessage> Ask(HttpRequestMessage request, CancellationToken stop)
    {
        using var watch = new CancellationTokenSource(Silence, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(watch.Token, stop);
        try
        {
            return await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, both.Token);
        }
        catch (OperationCanceledException late) when (!stop.IsCancellationRequested)
        {
            throw new TimeoutException("no answer", late);
        }
    }

    // provisioning.md section 3.1. A redirect that arrives here is one that must not be followed: to another scheme, or one too many.
    static OutsideFault Refused(string source, HttpStatusCode status) =>
        new(isTransient: (int)status >= 500 || status is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests,
            $"{source} answered {(int)status}");
}
