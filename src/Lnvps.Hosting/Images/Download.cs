using System.Net;
using System.Security.Cryptography;
using Lnvps.Core.Outcomes;
using Lnvps.Hosting.Hosts;

namespace Lnvps.Hosting.Images;

/// <summary>Downloads over HTTP: whole or not at all.</summary>
sealed class Download(HttpClient http, TimeProvider time)
{
    static readonly TimeSpan Silence = TimeSpan.FromSeconds(60);

    /// <param name="what">What is fetched, at the beginning of a sentence.</param>
    /// <exception cref="OutsideFault">See <see cref="ImageCache.Open"/>.</exception>
    public async Task<Copied> Run(
        string what, Uri url, Stream target, ulong maxBytes, HashAlgorithmName wanted, IProgress<ImageProgress>? progress, CancellationToken stop)
    {
        var source = ImageCache.Shown(url);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, url);
            using var response = await Ask(request, stop);
            if (!response.IsSuccessStatusCode)
                throw Refused(what, source, response.StatusCode);
            var total = (ulong?)response.Content.Headers.ContentLength;
            if (total > maxBytes)
                throw OutsideFault.Fatal($"{what} from {source} has {total} bytes; at most {maxBytes} are allowed");
            await using var body = await response.Content.ReadAsStreamAsync(stop);
            var copied = await Copying.Through(body, target, maxBytes, total, wanted, progress, Silence, time, stop);
            if (total is not null && copied.Length != total)
                throw OutsideFault.Transient($"{what} from {source} ended after {copied.Length} of {total} bytes");
            return copied;
        }
        catch (InvalidDataException)
        {
            throw OutsideFault.Fatal($"{what} from {source} has more than the allowed {maxBytes} bytes");
        }
        catch (UriFormatException unusable)
        {
            throw OutsideFault.Fatal($"{what}: {source} redirects to an address that cannot be used", unusable);
        }
        catch (Exception broken) when (broken is HttpRequestException or IOException or TimeoutException)
        {
            throw OutsideFault.Transient($"{what} could not be fetched from {source}: {broken.Message}", broken);
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
    static OutsideFault Refused(string what, string source, HttpStatusCode status) =>
        new(isTransient: (int)status >= 500 || status is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests,
            $"{what} could not be fetched: {source} answered {(int)status}");
}
