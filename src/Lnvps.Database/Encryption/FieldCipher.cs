namespace Lnvps.Database.Encryption;

/// <summary>Encryption of single columns (data-model.md section 5).</summary>
public sealed class FieldCipher
{
}
