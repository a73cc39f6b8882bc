namespace Lnvps.Core.Money;

/// <summary>Whole satoshis: Lightning invoices carry no fractions, because wallets refuse them (billing.md section 3).</summary>
public static class Satoshis
{
    public const ulong MsatPerSat = 1_000;

    /// <summary>Up to a multiple of 1,000 msat: what is charged.</summary>
    /// <exception cref="OverflowException">The result exceeds 64 bits.</exception>
    public static Msat CeilSat(this Msat amount) => new((amount.Value / MsatPerSat + (amount.Value % MsatPerSat == 0 ? 0UL : 1UL)) * MsatPerSat);

    /// <summary>Down to a multiple of 1,000 msat: what is paid out.</summary>
    public static Msat FloorSat(this Msat amount) => new(amount.Value / MsatPerSat * MsatPerSat);

    /// <summary>An amount of BTC rounded up to a whole satoshi; any other currency unchanged.</summary>
    public static Money CeilSat(this Money amount) => amount.Currency == Currency.BTC ? new Msat(amount.Amount).CeilSat().ToMoney() : amount;

    /// <summary>An amount of BTC rounded down to a whole satoshi; any other currency unchanged.</summary>
    public static Money FloorSat(this Money amount) => amount.Currency == Currency.BTC ? new Msat(amount.Amount).FloorSat().ToMoney() : amount;
}
