using System.Text;
using Lnvps.Nostr.Encryption;

namespace Lnvps.Nostr.Tests.Encryption;

/// <summary>The examples of RFC 8439.</summary>
public class ChaCha20Tests
{
    static readonly byte[] s_key = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];

    static byte[] Apply(byte[] key, string nonce, uint counter, byte[] data)
    {
        var copy = (byte[])data.Clone();
        ChaCha20.Apply(key, Convert.FromHexString(nonce), counter, copy);
        return copy;
    }

    [Theory]
    // Section 2.3.2.
    [InlineData(true, "000000090000004a00000000", 1u,
        "10f1e7e4d13b5915500fdd1fa32071c4c7d1f4c733c068030422aa9ac3d46c4ed2826446079faa0914c2d705d98b02a2b5129cd1de164eb9cbd083e8a2503c4e")]
    // Appendix A.1, vectors 1 and 2.
    [InlineData(false, "000000000000000000000000", 0u,
        "76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7da41597c5157488d7724e03fb8d84a376a43b8f41518a11cc387b669b2ee6586")]
    [InlineData(false, "000000000000000000000000", 1u,
        "9f07e7be5551387a98ba977c732d080dcb0f29a048e3656912c6533e32ee7aed29b721769ce64e43d57133b074d839d531ed1f28510afb45ace10a1f4b794d6f")]
    public void Blocks_are_those_of_the_standard(bool counting, string nonce, uint counter, string expected) =>
        Assert.Equal(expected, Convert.ToHexStringLower(Apply(counting ? s_key : new byte[32], nonce, counter, new byte[64])));

    [Fact]
    public void A_text_over_several_blocks_is_that_of_the_standard()
    {
        // Section 2.4.2.
        var text = Encoding.ASCII.GetBytes(
            "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.");
        var cipher = Apply(s_key, "000000000000004a00000000", 1, text);
        Assert.Equal(
            "6e2e359a2568f98041ba0728dd0d6981e97e7aec1d4360c20a27afccfd9fae0bf91b65c5524733ab8f593dabcd62b3571639d624e65152ab8f530c359f0861d8"
            + "07ca0dbf500d6a6156a38e088a22b65e52bc514d16ccf806818ce91ab77937365af90bbf74a35be6b40b8eedf2785e42874d",
            Convert.ToHexStringLower(cipher));
        Assert.Equal(text, Apply(s_key, "000000000000004a00000000", 1, cipher));
    }
}
