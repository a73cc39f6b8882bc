using System.Buffers;
using System.Security.Cryptography;
using System.Xml.Linq;
using Lnvps.Core.Identity;
using Lnvps.Core.Outcomes;
using Lnvps.Hosting.Hosts;
using Lnvps.Hosting.LibVirt.Documents;
using Lnvps.Hosting.LibVirt.Native;

namespace Lnvps.Hosting.LibVirt;

/// <summary>What the adapter does with volumes, over the plain calls.</summary>
static class Volumes
{
    const int ChunkBytes = 256 * 1024;

    /// <exception cref="OutsideFault">Fatal: no such pool.</exception>
    public static Pool PoolNamed(Connection connection, string name) =>
        Pool.Find(connection, name) ?? throw OutsideFault.Fatal($"The host has no storage pool '{name}'");

    /// <summary>Deletes a volume; absent = success.</summary>
    public static void DeleteNamed(Pool pool, string name)
    {
        using var volume = Volume.Find(pool, name);
        volume?.Delete();
    }

    /// <summary>Deletes the volumes of these names from every started pool.</summary>
    public static void Sweep(Connection connection, params ReadOnlySpan<string> names)
    {
        var pools = Pool.Active(connection);
        try
        {
            foreach (var pool in pools)
            {
                foreach (var name in names)
                    DeleteNamed(pool, name);
            }
        }
        finally
        {
            pools.ForEach(p => p.Dispose());
        }
    }

    /// <summary>Looks in every started pool.</summary>
    public static Volume? FindAnywhere(Connection connection, string name)
    {
        var pools = Pool.Active(connection);
        try
        {
            return pools.Select(p => Volume.Find(p, name)).FirstOrDefault(v => v is not null);
        }
        finally
        {
            pools.ForEach(p => p.Dispose());
        }
    }

    /// <summary>Makes the volume hold exactly these bytes; one that does already is left alone.</summary>
    public static void PutSmall(Connection connection, Pool pool, string name, byte[] content)
    {
        using (var existing = Volume.Find(pool, name))
        {
            if (existing is not null && ReadSmall(connection, existing, content.Length) is { } old && old.AsSpan().SequenceEqual(content))
                return;
            existing?.Delete();
        }
        using var source = new MemoryStream(content);
        Upload(connection, pool, StorageDocuments.Volume(name, "raw", (ulong)content.Length), source, (ulong)content.Length, expected: null, progress: null, CancellationToken.None);
    }

    /// <summary>The volume's content; null when it is longer than <paramref name="atMost"/>.</summary>
    public static byte[]? ReadSmall(Connection connection, Volume volume, int atMost)
    {
        using var stream = ByteStream.New(connection, blocking: true);
        volume.BeginDownload(stream);
        var bytes = new byte[atMost + 1];
        var length = 0;
        try
        {
            while (length < bytes.Length && stream.Receive(bytes.AsSpan(length)) is > 0 and var received)
                length += received;
        }
        catch
        {
            stream.Abort();
            throw;
        }
        if (length > atMost)
        {
            stream.Abort();
            return null;
        }
        stream.Finish();
        return bytes[..length];
    }

    /// <summary>Creates a volume and fills it. Whatever goes wrong, no partial volume stays.</summary>
    /// <param name="expected">SHA-256 that the bytes must have; null = any.</param>
    /// <exception cref="OutsideFault">Transient: the bytes changed since they were verified.</exception>
    public static void Upload(
        Connection connection, Pool pool, XDocument description, Stream source, ulong length, Bytes32? expected, IProgress<ImageProgress>? progress,
        CancellationToken stop)
    {
        using var volume = Volume.Create(pool, description.ToString());
        try
        {
            var sent = Send(connection, volume, source, length, progress, stop);
            if (expected is not null && sent != expected)
                throw OutsideFault.Transient("The file changed while it was being sent to the host");
        }
        catch
        {
            try
            {
                volume.Delete();
            }
            catch (LibVirtException)
            {
                // The first error says more; the next attempt deletes what is left before it begins.
            }
            throw;
        }
    }

    static Bytes32 Send(Connection connection, Volume volume, Stream source, ulong length, IProgress<ImageProgress>? progress, CancellationToken stop)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var stream = ByteStream.New(connection, blocking: true);
        volume.BeginUpload(stream, length);
        var buffer = ArrayPool<byte>.Shared.Rent(ChunkBytes);
        var done = 0UL;
        try
        {
            while (source.Read(buffer, 0, ChunkBytes) is > 0 and var read)
            {
                stop.ThrowIfCancellationRequested();
                hash.AppendData(buffer, 0, read);
                for (var sent = 0; sent < read;)
                    sent += stream.Send(buffer.AsSpan(sent, read - sent)) ?? 0;
                done += (ulong)read;
                progress?.Report(new ImageProgress(done, length));
            }
            stream.Finish();
        }
        catch
        {
            stream.Abort();
            throw;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
        return new Bytes32(hash.GetHashAndReset());
    }
}
