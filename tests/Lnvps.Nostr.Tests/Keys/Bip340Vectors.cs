using Lnvps.Nostr.Keys;

namespace Lnvps.Nostr.Tests.Keys;

/// <summary>The published test vectors of BIP-340, all of them.</summary>
public class Bip340Vectors
{
    public sealed record Vector(int Index, byte[] Secret, byte[] PublicKey, byte[] Auxiliary, byte[] Message, byte[] Signature, bool Valid, string Comment)
    {
        public override string ToString() => $"{Index} {Comment}";
    }

    static readonly Vector[] s_vectors =
    [
        .. from line in File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Vectors", "bip340-test-vectors.csv")).Skip(1)
           where line.Length > 0
           let f = line.Split(',', 8)
           select new Vector(int.Parse(f[0]), Hex(f[1]), Hex(f[2]), Hex(f[3]), Hex(f[4]), Hex(f[5]), f[6] == "TRUE", f[7]),
    ];

    public static TheoryData<int> All => [.. s_vectors.Select(v => v.Index)];

    public static TheoryData<int> Signing => [.. s_vectors.Where(v => v.Secret.Length > 0).Select(v => v.Index)];

    [Fact]
    public void All_nineteen_are_there() => Assert.Equal(19, s_vectors.Length);

    [Theory]
    [MemberData(nameof(All))]
    public void Verifies_as_published(int index)
    {
        var v = s_vectors[index];
        Assert.True(v.Valid == Secp256k1.SchnorrVerify(v.Signature, v.Message, v.PublicKey), v.ToString());
    }

    [Theory]
    [MemberData(nameof(Signing))]
    public void Signs_as_published(int index)
    {
        var v = s_vectors[index];
        var signature = new byte[64];
        Secp256k1.SchnorrSign(v.Message, v.Secret, v.Auxiliary, signature);
        Assert.Equal(v.Signature, signature);

        var publicKey = new byte[32];
        Secp256k1.PublicKeyFromSecret(v.Secret, publicKey);
        Assert.Equal(v.PublicKey, publicKey);
    }

    static byte[] Hex(string hex) => Convert.FromHexString(hex);
}
