using System.Buffers;
using System.Security.Cryptography;
using Lnvps.Core.Identity;
using Lnvps.Hosting.Hosts;

namespace Lnvps.Hosting.Images;

/// <summary>What was copied.</summary>
/// <param name="Sha256">Of everything.</param>
/// <param name="Wanted">The checksum of the kind that was asked for.</param>
/// <param name="Head">The first bytes (see <see cref="ImageHeader.Bytes"/>).</param>
readonly record struct Copied(Bytes32 Sha256, Sha2 Wanted, byte[] Head, ulong Length);

/// <summary>Copies a stream while hashing it, keeping its beginning, reporting progress and watching its limits.</summary>
static class Copying
{
    const int ChunkBytes = 256 * 1024;

    /// <param name="wanted">Kind of the checksum to tell beside the SHA-256.</param>
    /// <param name="silence">Give up when nothing arrives for this long; null = wait.</param>
    /// <exception cref="TimeoutException">Nothing arrived in time.</exception>
    /// <exception cref="InvalidDataException">There is more than <paramref name="maxBytes"/>.</exception>
    public static async Task<Copied> Through(
        Stream source, Stream destination, ulong maxBytes, ulong? total, HashAlgorithmName wanted, IProgress<ImageProgress>? progress, TimeSpan? silence,
        TimeProvider time, CancellationToken stop)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var other = wanted == HashAlgorithmName.SHA256 ? null : IncrementalHash.CreateHash(wanted);
        var head = new byte[ImageHeader.Bytes];
        var done = 0UL;
        var reported = 0UL;
        var buffer = ArrayPool<byte>.Shared.Rent(ChunkBytes);
        try
        {
            progress?.Report(new ImageProgress(0, total));
            while (await Read(source, buffer, silence, time, stop) is > 0 and var read)
            {
                if ((ulong)read > maxBytes - done)
                    throw new InvalidDataException("too large");
                if (done < (ulong)head.Length)
                    buffer.AsSpan(0, Math.Min(read, head.Length - (int)done)).CopyTo(head.AsSpan((int)done));
                hash.AppendData(buffer, 0, read);
                other?.AppendData(buffer, 0, read);
                await destination.WriteAsync(buffer.AsMemory(0, read), stop);
                done += (ulong)read;
                // Once a mebibyte is often enough for anyone who watches.
                if (done - reported >= 1 << 20)
                {
                    progress?.Report(new ImageProgress(done, total));
                    reported = done;
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
        progress?.Report(new ImageProgress(done, total ?? done));
        var sha256 = hash.GetHashAndReset();
        return new Copied(new Bytes32(sha256), Sha2.Of(other?.GetHashAndReset() ?? sha256), head[..(int)Math.Min(done, (ulong)head.Length)], done);
    }

    static async ValueTask<int> Read(Stream source, byte[] buffer, TimeSpan? silence, TimeProvider time, CancellationToken stop)
    {
        if (silence is not { } limit)
            return await source.ReadAsync(buffer.AsMemory(0, ChunkBytes), stop);
        using var watch = new CancellationTokenSource(limit, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(watch.Token, stop);
        try
        {
            return await source.ReadAsync(buffer.AsMemory(0, ChunkBytes), both.Token);
        }
        catch (OperationCanceledException late) when (!stop.IsCancellationRequested)
        {
            throw new TimeoutException($"nothing arrived for {limit.TotalSeconds:0} s", late);
        }
    }
}
