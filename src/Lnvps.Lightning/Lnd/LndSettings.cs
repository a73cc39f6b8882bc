namespace Lnvps.Lightning.Lnd;

/// <summary>Where an LND node is and what opens it (billing.md section 13).</summary>
/// <param name="Url">Base address of its REST gateway; https only.</param>
/// <param name="CertificatePath">The certificate it must present, exactly (PEM or DER).</param>
/// <param name="MacaroonPath">The file of the credential; its content appears in no message.</param>
public sealed record LndSettings(Uri Url, string CertificatePath, string MacaroonPath);
