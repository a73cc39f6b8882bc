namespace Lnvps.Core.Money;

/// <summary>An amount in the smallest unit of its currency: millisatoshi for BTC, hundredths for all others (yen too). Never negative.</summary>
public readonly record struct Money(ulong Amount, Currency Currency)
{
    /// <summary>Adds two amounts of one currency.</summary>
    /// <exception cref="InvalidOperationException">The currencies differ.</exception>
    /// <exception cref="OverflowException">The sum exceeds 64 bits.</exception>
    public static Money operator +(Money a, Money b) =>
        a.Currency == b.Currency
            ? new Money(a.Amount + b.Amount, a.Currency)
            : throw new InvalidOperationException($"Cannot add {b.Currency.Code()} to {a.Currency.Code()}");
}

/// <summary>Millisatoshi: a thousandth of a satoshi, 10⁻¹¹ BTC.</summary>
public readonly record struct Msat(ulong Value)
{
    public Money ToMoney() => new(Value, Currency.BTC);
}
