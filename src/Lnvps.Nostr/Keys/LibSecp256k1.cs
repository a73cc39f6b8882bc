using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Lnvps.Nostr.Keys;

/// <summary>
/// The C library libsecp256k1 0.2.0, as declared in its headers. Its default reaction to an illegal argument is to abort the
/// process, so every caller here checks lengths, ranges and the result of each parse before going on.
/// </summary>
static unsafe partial class LibSecp256k1
{
    internal const string Name = "libsecp256k1.so.1";

    internal const int PublicKeyBytes = 64, KeyPairBytes = 96, SignatureBytes = 64, RecoverableSignatureBytes = 65;

    const uint ContextWithoutFlags = 1;
    internal const uint Compressed = (1 << 1) | (1 << 8);

    // One context for the whole process: made at first use, blinded once, never changed or destroyed, hence safe to share between threads.
    static readonly nint s_context = NativeLibrary.TryLoad(Name, out _) ? CreateContext() : 0;

    /// <summary>The shared context.</summary>
    /// <exception cref="DllNotFoundException">The library is not installed; the message names the Debian package.</exception>
    internal static nint Context
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => s_context != 0 ? s_context : throw Missing(Name);
    }

    internal static DllNotFoundException Missing(string name) =>
        new($"The library {name} is missing or cannot be loaded: it signs and verifies Nostr events and Lightning invoices. "
            + "Install the Debian package libsecp256k1-1 (apt-get install libsecp256k1-1).");

    static nint CreateContext()
    {
        var context = secp256k1_context_create(ContextWithoutFlags);
        if (context == 0)
            throw new CryptographicException("libsecp256k1 could not create a context");

        // Blinding protects secret keys against side channels; without it the library still computes correctly.
        Span<byte> seed = stackalloc byte[32];
        RandomNumberGenerator.Fill(seed);
        fixed (byte* p = seed)
        {
            if (secp256k1_context_randomize(context, p) != 1)
                throw new CryptographicException("libsecp256k1 could not blind its context");
        }
        CryptographicOperations.ZeroMemory(seed);
        return context;
    }

    [LibraryImport(Name)]
    private static partial nint secp256k1_context_create(uint flags);

    [LibraryImport(Name)]
    private static partial int secp256k1_context_randomize(nint context, byte* seed32);

    [LibraryImport(Name)]
    internal static partial int secp256k1_ec_seckey_verify(nint context, byte* secret32);

    [LibraryImport(Name)]
    internal static partial int secp256k1_ec_pubkey_create(nint context, byte* publicKey, byte* secret32);

    [LibraryImport(Name)]
    internal static partial int secp256k1_ec_pubkey_parse(nint context, byte* publicKey, byte* input, nuint inputLength);

    [LibraryImport(Name)]
    internal static partial int secp256k1_ec_pubkey_serialize(nint context, byte* output, nuint* outputLength, byte* publicKey, uint flags);

    [LibraryImport(Name)]
    internal static partial int secp256k1_keypair_create(nint context, byte* keyPair, byte* secret32);

    [LibraryImport(Name)]
    internal static partial int secp256k1_keypair_sec(nint context, byte* secret32, byte* keyPair);

    [LibraryImport(Name)]
    internal static partial int secp256k1_keypair_xonly_pub(nint context, byte* xonly, int* parity, byte* keyPair);

    [LibraryImport(Name)]
    internal static partial int secp256k1_xonly_pubkey_parse(nint context, byte* xonly, byte* input32);

    [LibraryImport(Name)]
    internal static partial int secp256k1_xonly_pubkey_serialize(nint context, byte* output32, byte* xonly);

    [LibraryImport(Name)]
    internal static partial int secp256k1_schnorrsig_sign_custom(
        nint context, byte* signature64, byte* message, nuint messageLength, byte* keyPair, SchnorrExtra* extra);

    [LibraryImport(Name)]
    internal static partial int secp256k1_schnorrsig_verify(nint context, byte* signature64, byte* message, nuint messageLength, byte* xonly);

    [LibraryImport(Name)]
    internal static partial int secp256k1_ecdsa_sign_recoverable(
        nint context, byte* signature65, byte* message32, byte* secret32, nint nonceFunction, void* nonceData);

    [LibraryImport(Name)]
    internal static partial int secp256k1_ecdsa_recoverable_signature_serialize_compact(
        nint context, byte* output64, int* recoveryId, byte* signature65);

    [LibraryImport(Name)]
    internal static partial int secp256k1_ecdsa_recoverable_signature_parse_compact(
        nint context, byte* signature65, byte* input64, int recoveryId);

    [LibraryImport(Name)]
    internal static partial int secp256k1_ecdsa_recover(nint context, byte* publicKey, byte* signature65, byte* message32);

    [LibraryImport(Name)]
    internal static partial int secp256k1_ecdsa_signature_parse_compact(nint context, byte* signature, byte* input64);

    [LibraryImport(Name)]
    internal static partial int secp256k1_ecdsa_verify(nint context, byte* signature, byte* message32, byte* publicKey);

    [LibraryImport(Name)]
    internal static partial int secp256k1_ecdh(
        nint context, byte* output, byte* publicKey, byte* secret32, delegate* unmanaged[Cdecl]<byte*, byte*, byte*, void*, int> hash, void* data);

    /// <summary>Parameters of <see cref="secp256k1_schnorrsig_sign_custom"/>; the magic bytes and the order of fields are the library's.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct SchnorrExtra
    {
        uint _magic;
        nint _nonceFunction;
        byte* _auxiliary;

        /// <summary>The library's own nonce function with 32 bytes of auxiliary randomness.</summary>
        internal static SchnorrExtra With(byte* auxiliary32) => new() { _magic = 0x8cb3_6fda, _nonceFunction = 0, _auxiliary = auxiliary32 };
    }
}
