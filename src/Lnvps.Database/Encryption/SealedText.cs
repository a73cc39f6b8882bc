namespace Lnvps.Database.Encryption;

/// <summary>
/// The text of an encrypted column as it is stored: ciphertext, or plaintext from before encryption. Only <see cref="FieldCipher"/> makes
/// one from plaintext and opens it. Rows carry it unopened, so one damaged value spoils no list, and copying it needs no key.
/// </summary>
public readonly struct SealedText : IEquatable<SealedText>
{
    readonly string? _stored;

    SealedText(string stored) => _stored = stored;

    /// <summary>The stored text. For the database only: it may be plaintext.</summary>
    internal string Stored => _stored ?? "";

    /// <summary>Takes the text of a column as it is.</summary>
    public static SealedText FromStored(string stored) => new(stored);

    public bool Equals(SealedText other) => Stored == other.Stored;

    public override bool Equals(object? obj) => obj is SealedText other && Equals(other);

    public override int GetHashCode() => string.GetHashCode(Stored, StringComparison.Ordinal);

    public static bool operator ==(SealedText a, SealedText b) => a.Equals(b);

    public static bool operator !=(SealedText a, SealedText b) => !a.Equals(b);

    /// <summary>Never the content.</summary>
    public override string ToString() => "[ENCRYPTED]";
}
