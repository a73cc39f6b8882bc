using Lnvps.Core.Identity;

namespace Lnvps.Hosting.Images;

/// <summary>A verified image, open for reading from its beginning. Holding it open keeps the bytes even if the file is replaced.</summary>
/// <param name="Sha256">Of the whole content.</param>
public sealed record ImageFile(FileStream Content, ImageHeader Header, Bytes32 Sha256) : IDisposable
{
    public ulong Length => (ulong)Content.Length;

    public void Dispose() => Content.Dispose();
}
