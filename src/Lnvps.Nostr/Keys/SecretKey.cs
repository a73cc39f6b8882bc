using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Lnvps.Core.Identity;
using Lnvps.Nostr.Encodings;
using Microsoft.Win32.SafeHandles;

namespace Lnvps.Nostr.Keys;

/// <summary>
/// A secret key. Its bytes lie outside the garbage-collected heap (no stray copies), are wiped when it is disposed or finalised, and
/// appear in no text of this type save the one asked for by name.
/// </summary>
public sealed class SecretKey : IDisposable
{
    readonly KeyPairMemory _pair;

    SecretKey(ReadOnlySpan<byte> sec32)
    {
        _pair = new KeyPairMemory();
        Secp256k1.CreateKeyPair(sec32, _pair.Span);
        Span<byte> publicKey = stackalloc byte[Secp256k1.KeyLength];
        Secp256k1.PublicKeyOfKeyPair(_pair.Span, publicKey);
        PublicKey = new PublicKey(new Bytes32(publicKey));
    }

    /// <summary>The x-only public key that belongs to this one.</summary>
    public PublicKey PublicKey { get; }

    /// <summary>Takes 32 bytes; the caller wipes its own copy.</summary>
    /// <exception cref="CryptographicException">Not a secret key: zero, or not below the order of the curve.</exception>
    public static SecretKey FromBytes(ReadOnlySpan<byte> sec32) => new(sec32);

    /// <summary>A fresh key from the system's randomness.</summary>
    public static SecretKey Generate()
    {
        Span<byte> bytes = stackalloc byte[Secp256k1.KeyLength];
        do
            RandomNumberGenerator.Fill(bytes);
        while (!Secp256k1.IsSecretKey(bytes));
        var key = new SecretKey(bytes);
        CryptographicOperations.ZeroMemory(bytes);
        return key;
    }

    /// <summary>Reads <c>nsec1…</c> or 64 hex digits.</summary>
    /// <exception cref="FormatException">Neither, or not a valid key; the message does not repeat the text.</exception>
    public static SecretKey Parse(ReadOnlySpan<char> text) =>
        TryParse(text, out var key) ? key : throw new FormatException("Not a secret key: expected nsec1… or 64 hex digits");

    /// <summary>Reads <c>nsec1…</c> or 64 hex digits; false for anything else and for keys out of range.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, [NotNullWhen(true)] out SecretKey? key)
    {
        key = null;
        if (!Nip19.TryDecodeSecret(text, out var bytes))
        {
            bytes = new byte[Secp256k1.KeyLength];
            if (!Bytes32.TryParseHex(text, out var value))
                return false;
            value.CopyTo(bytes);
        }
        if (Secp256k1.IsSecretKey(bytes))
            key = new SecretKey(bytes);
        CryptographicOperations.ZeroMemory(bytes);
        return key is not null;
    }

    /// <summary>Writes a BIP-340 signature (64 bytes) over a message, made with fresh randomness.</summary>
    /// <exception cref="ObjectDisposedException">The key was wiped.</exception>
    public void Sign(ReadOnlySpan<byte> message, Span<byte> sig64)
    {
        Span<byte> auxiliary = stackalloc byte[32];
        RandomNumberGenerator.Fill(auxiliary);
        using var use = _pair.Use();
        Secp256k1.SchnorrSignWithKeyPair(message, _pair.Span, auxiliary, sig64);
    }

    /// <summary>Copies the 32 secret bytes out; the caller wipes them.</summary>
    /// <exception cref="ObjectDisposedException">The key was wiped.</exception>
    public void CopyTo(Span<byte> sec32)
    {
        using var use = _pair.Use();
        Secp256k1.SecretOfKeyPair(_pair.Span, sec32);
    }

    /// <summary>The secret itself, as <c>nsec1…</c>: for a key file or for showing it to its owner.</summary>
    /// <exception cref="ObjectDisposedException">The key was wiped.</exception>
    public string ToNsec()
    {
        Span<byte> bytes = stackalloc byte[Secp256k1.KeyLength];
        CopyTo(bytes);
        var text = Nip19.EncodeSecret(bytes);
        CryptographicOperations.ZeroMemory(bytes);
        return text;
    }

    public void Dispose() => _pair.Dispose();

    /// <summary>Names the public key only.</summary>
    public override string ToString() => $"secret key of {PublicKey.ToNpub()}";

    /// <summary>The library's key pair in native memory.</summary>
    sealed unsafe class KeyPairMemory : SafeHandleZeroOrMinusOneIsInvalid
    {
        public KeyPairMemory() : base(ownsHandle: true) => SetHandle((nint)NativeMemory.AllocZeroed(LibSecp256k1.KeyPairBytes));

        public Span<byte> Span => new((void*)handle, LibSecp256k1.KeyPairBytes);

        /// <summary>Keeps the memory alive until the answer is disposed, even when another thread disposes the key.</summary>
        public Lease Use()
        {
            var added = false;
            DangerousAddRef(ref added);
            return new Lease(this);
        }

        protected override bool ReleaseHandle()
        {
            CryptographicOperations.ZeroMemory(Span);
            NativeMemory.Free((void*)handle);
            return true;
        }

        public readonly ref struct Lease(KeyPairMemory memory)
        {
            public void Dispose() => memory.DangerousRelease();
        }
    }
}
