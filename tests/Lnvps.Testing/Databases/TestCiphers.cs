using Lnvps.Database.Encryption;

namespace Lnvps.Testing.Databases;

/// <summary>Ciphers with the key 00 01 … 1f of data-model.md section 5.6, so that a failing test gives the same text again.</summary>
public static class TestCiphers
{
    public static EncryptionKey Key { get; } = new([.. Enumerable.Range(0, EncryptionKey.Length).Select(i => (byte)i)]);

    /// <summary>Nonces count up from a seed.</summary>
    public static FieldCipher Fixed(int seed = 1, bool versioned = false)
    {
        var random = new Random(seed);
        var guard = new Lock();
        return new FieldCipher([Key], versioned, nonce =>
        {
            lock (guard)
                random.NextBytes(nonce);
        });
    }
}
