using System.Buffers.Binary;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Sizes;

namespace Lnvps.Hosting.Images;

public enum ImageFormat { Raw, Qcow2 }

/// <summary>What an image file is. Its content decides, not its name: ".img" is qcow2 at some publishers and raw at others.</summary>
/// <param name="VirtualSize">The size of the disk that a guest sees.</param>
public readonly record struct ImageHeader(ImageFormat Format, Bytes VirtualSize)
{
    /// <summary>How much of a file's beginning <see cref="Read"/> needs (less only when the file is shorter).</summary>
    public const int Bytes = 80;

    const uint Magic = 0x5146_49FB; // "QFI\xfb"
    const ulong ExternalData = 1 << 2;
    const ulong SectorBytes = 512;

    /// <summary>Reads the beginning of an image (QEMU's docs/interop/qcow2.txt).</summary>
    /// <param name="head">The first <see cref="Bytes"/> bytes of the file.</param>
    /// <param name="fileLength">Length of the whole file; the size of a raw disk.</param>
    /// <exception cref="OutsideFault">
    /// Fatal: empty, compressed, a broken or unknown qcow2 header, one that names other files, which would be read from the host's own disk, or no disk at all.
    /// </exception>
    public static ImageHeader Read(ReadOnlySpan<byte> head, ulong fileLength)
    {
        if (fileLength == 0)
            throw OutsideFault.Fatal("The image is empty");
        if (head.Length < 4 || BinaryPrimitives.ReadUInt32BigEndian(head) != Magic)
            return Raw(head, fileLength);
        if (head.Length < Bytes)
            throw OutsideFault.Fatal("The image is a truncated qcow2 file");
        var version = BinaryPrimitives.ReadUInt32BigEndian(head[4..]);
        if (version is not (2 or 3))
            throw OutsideFault.Fatal($"The image is a qcow2 file of the unknown version {version}");
        if (BinaryPrimitives.ReadUInt64BigEndian(head[8..]) != 0)
            throw OutsideFault.Fatal("The image is a qcow2 file that builds on another file; only whole images can be used");
        if (version == 3 && (BinaryPrimitives.ReadUInt64BigEndian(head[72..]) & ExternalData) != 0)
            throw OutsideFault.Fatal("The image is a qcow2 file whose data lies in another file; only whole images can be used");
        var size = BinaryPrimitives.ReadUInt64BigEndian(head[24..]);
        if (size is 0 or > long.MaxValue)
            throw OutsideFault.Fatal($"The image is a qcow2 file of {size} bytes");
        return new ImageHeader(ImageFormat.Qcow2, new Bytes(size));
    }

    static ImageHeader Raw(ReadOnlySpan<byte> head, ulong fileLength)
    {
        ReadOnlySpan<byte> xz = [0xFD, (byte)'7', (byte)'z', (byte)'X', (byte)'Z'], gzip = [0x1F, 0x8B], zstd = [0x28, 0xB5, 0x2F, 0xFD];
        if (head.StartsWith(xz) || head.StartsWith(gzip) || head.StartsWith(zstd) || head.StartsWith("BZh"u8))
            throw OutsideFault.Fatal("The image is compressed; the catalogue must name an unpacked one");
        // Such as the page of a publisher who answers everything with success.
        if (fileLength % SectorBytes != 0)
            throw OutsideFault.Fatal($"The image is neither qcow2 nor a raw disk: {fileLength} bytes are no whole sectors");
        return new ImageHeader(ImageFormat.Raw, new Bytes(fileLength));
    }
}
