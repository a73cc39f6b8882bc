using Lnvps.Core.Identity;

namespace Lnvps.Hosting.Images;

/// <summary>A verified image, open for reading from its beginning. Holding it open keeps the bytes even if the file is replaced.</summary>
/// <param name="Sha256">Of the whole content.</param>
/// <param name="Checksum">What it was verified with; null = neither catalogue nor publisher give one.</param>
public sealed record ImageFile(FileStream Content, ImageHeader Header, Bytes32 Sha256, Sha2? Checksum) : IDisposable
{
    public ulong Length => (ulong)Content.Length;

    public void Dispose() => Content.Dispose();
}
