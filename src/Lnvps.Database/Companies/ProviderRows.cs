using Lnvps.Core.Identity;
using Lnvps.Core.Payments;
using Lnvps.Core.Time;
using Lnvps.Database.Sessions;

namespace Lnvps.Database.Companies;

/// <summary>A row of <c>payment_method_config</c>. <see cref="Config"/> holds secrets in clear: never log it.</summary>
public sealed record PaymentProviderRow
{
    public uint Id { get; init; }
    public CompanyId CompanyId { get; init; }
    public PaymentMethod PaymentMethod { get; init; }
    public string Name { get; init; } = "";
    public bool Enabled { get; init; }
    public string ProviderType { get; init; } = "";
    /// <summary>JSON of data-model.md section 6.3.</summary>
    public string Config { get; init; } = "";
    public float? ProcessingFeeRate { get; init; }
    public ulong? ProcessingFeeBase { get; init; }
    public string? ProcessingFeeCurrency { get; init; }

    public override string ToString() => $"payment provider {Id}";
}

/// <summary>Queries of payment providers (data-model.md section 7.5).</summary>
public static class ProviderRows
{
    const string Columns = """
        id, company_id, payment_method, name, enabled, provider_type, config, processing_fee_rate, processing_fee_base, processing_fee_currency
        """;

    /// <summary>A company's rows of a method, disabled ones too, by id. The first enabled one makes new payments.</summary>
    public static Task<List<PaymentProviderRow>> ListProviders(this Session session, CompanyId company, PaymentMethod method, CancellationToken stop) =>
        session.List<PaymentProviderRow>(
            $"SELECT {Columns} FROM payment_method_config WHERE company_id = @company AND payment_method = @method ORDER BY id", new { company, method }, stop);

    /// <summary>All rows of a method, disabled ones too, by company and id.</summary>
    public static Task<List<PaymentProviderRow>> ListProviders(this Session session, PaymentMethod method, CancellationToken stop) =>
        session.List<PaymentProviderRow>($"SELECT {Columns} FROM payment_method_config WHERE payment_method = @method ORDER BY company_id, id", new { method }, stop);

    public static Task<PaymentProviderRow?> FindProvider(this Session session, uint id, CancellationToken stop) =>
        session.Find<PaymentProviderRow>($"SELECT {Columns} FROM payment_method_config WHERE id = @id", new { id }, stop);

    public static Task InsertProvider(this Session session, PaymentProviderRow provider, Instant now, CancellationToken stop) =>
        session.Execute("""
            INSERT INTO payment_method_config (company_id, payment_method, name, enabled, provider_type, config, created, modified)
            VALUES (@CompanyId, @PaymentMethod, @Name, @Enabled, @ProviderType, @Config, @now, @now)
            """, new { provider.CompanyId, provider.PaymentMethod, provider.Name, provider.Enabled, provider.ProviderType, provider.Config, now }, stop);

    /// <summary>Replaces the configuration, unless it is no longer the one that was seen: then false.</summary>
    public static async Task<bool> ReplaceProviderConfig(this Session session, PaymentProviderRow seen, string config, Instant now, CancellationToken stop) =>
        await session.Execute("UPDATE payment_method_config SET config = @config, modified = @now WHERE id = @id AND config = @old",
            new { config, now, id = seen.Id, old = seen.Config }, stop) > 0;

    /// <summary>The company with the lowest id, locked until the transaction ends; null when there is none.</summary>
    public static Task<CompanyId?> LockFirstCompany(this Session session, CancellationToken stop) =>
        session.Find<CompanyId?>($"SELECT id FROM company ORDER BY id LIMIT 1{session.Dialect.ForUpdate}", null, stop);

    public static Task<List<CompanyId>> ListCompanyIds(this Session session, CancellationToken stop) =>
        session.List<CompanyId>("SELECT id FROM company ORDER BY id", null, stop);
}
