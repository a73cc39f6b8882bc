using System.Security.Cryptography;
using System.Text;

namespace Lnvps.Hosting.Hosts;

/// <summary>Name-based UUIDs (RFC 9562 section 5.5): the same namespace and name always give the same UUID.</summary>
public static class UuidV5
{
    /// <param name="name">Hashed as UTF-8.</param>
    public static Guid Create(Guid space, string name)
    {
        var text = Encoding.UTF8.GetBytes(name);
        var input = new byte[16 + text.Length];
        space.TryWriteBytes(input, bigEndian: true, out _);
        text.CopyTo(input, 16);
#pragma warning disable CA5350 // The format prescribes SHA-1; nothing relies on its strength.
        Span<byte> hash = stackalloc byte[20];
        SHA1.HashData(input, hash);
#pragma warning restore CA5350
        hash[6] = (byte)(hash[6] & 0x0F | 0x50);
        hash[8] = (byte)(hash[8] & 0x3F | 0x80);
        return new Guid(hash[..16], bigEndian: true);
    }
}
