namespace Lnvps.Database.Encryption;

/// <summary>The <c>encryption</c> block of the configuration (data-model.md section 5.3 and 5.5).</summary>
/// <param name="KeyFile">Path of the file with the 32 raw bytes of the key.</param>
/// <param name="AutoGenerate">Make the file when it is missing; otherwise its absence is an error.</param>
public sealed record EncryptionSettings(string KeyFile, bool AutoGenerate = false)
{
    /// <summary>Files with further keys that only decrypt: those used before the present one.</summary>
    public IReadOnlyList<string> OldKeyFiles { get; init; } = [];

    /// <summary>Write <c>ENC1:</c>. Existing programs of this schema version take that for plaintext, so switch it on only without them.</summary>
    public bool Versioned { get; init; }
}
