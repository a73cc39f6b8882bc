using Lnvps.Core.Catalogue;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Pricing;
using Lnvps.Core.Sizes;

namespace Lnvps.Core.Payments;

using Lnvps.Core.Money;

/// <summary>New totals a customer wants; null = as it is.</summary>
public readonly record struct UpgradeWish(ushort? Cpu, Bytes? Memory, Bytes? Disk)
{
    /// <summary>The size after the upgrade. 400 when a value is below the present one or nothing grows (billing.md section 16).</summary>
    public Result<VmSpec> ApplyTo(VmSpec present)
    {
        var wanted = present with { Cpu = Cpu ?? present.Cpu, Memory = Memory ?? present.Memory, Disk = Disk ?? present.Disk };
        if (wanted.Cpu < present.Cpu || wanted.Memory.Value < present.Memory.Value || wanted.Disk.Value < present.Disk.Value)
            return Refusal.Because(ErrorCode.NotAnUpgrade, "A VM cannot shrink");
        return wanted == present ? Refusal.Because(ErrorCode.NotAnUpgrade, "Nothing would be upgraded") : wanted;
    }

    /// <summary>What of it is larger than the present size; the rest is null.</summary>
    public UpgradeWish Growth(VmSpec present) => new(
        Cpu > present.Cpu ? Cpu : null, Memory?.Value > present.Memory.Value ? Memory : null, Disk?.Value > present.Disk.Value ? Disk : null);

    /// <summary>The size once it is paid: what grows, grows; a value below the present one leaves that as it is.</summary>
    public VmSpec Raise(VmSpec present) => present with
    {
        Cpu = Math.Max(Cpu ?? 0, present.Cpu),
        Memory = new Bytes(Math.Max(Memory?.Value ?? 0UL, present.Memory.Value)),
        Disk = new Bytes(Math.Max(Disk?.Value ?? 0UL, present.Disk.Value)),
    };
}

/// <summary>Everything that decides what an upgrade costs.</summary>
/// <param name="Old">Present list price.</param>
/// <param name="NewMonthly">Custom price of the new size per month.</param>
/// <param name="SecondsLeft">Whole seconds from now to expiry, above zero.</param>
public sealed record UpgradeRequest(
    ListPrice Old, Money NewMonthly, long SecondsLeft, PaymentMethod Method, Percent TaxRate, FeeTerms Fee, ExchangeRates Rates);

/// <summary>What an upgrade costs (billing.md section 16), all in the currency of the method.</summary>
/// <param name="Cost">Net; at least 1,000 msat or one hundredth.</param>
/// <param name="NewRenewal">One month of the new size.</param>
/// <param name="Discount">Value of the time left at the old price.</param>
/// <param name="Total">Value of the invoice or order.</param>
public sealed record UpgradeOffer(Money Cost, Money NewRenewal, Money Discount, Money Tax, Money Fee, Money Total)
{
    /// <summary>Pro-rates both prices in their own currencies, converts each part, then takes the difference. 400, 501, 503 as for a renewal.</summary>
    public static Result<UpgradeOffer> For(UpgradeRequest request)
    {
        if (request.SecondsLeft <= 0)
            return Refusal.Invalid("Can't upgrade an expired VM");
        try
        {
            return ChargedPrice.In(request.Method, request.NewMonthly, request.Rates).Then(renewal => Price(request, renewal));
        }
        catch (OverflowException)
        {
            return Conversion.TooLarge;
        }
    }

    static Result<UpgradeOffer> Price(UpgradeRequest request, Money renewal)
    {
        var currency = renewal.Currency;
        var newPart = ListPrice.PerMonth(request.NewMonthly).ProRata(request.SecondsLeft);
        var oldPart = request.Old.ProRata(request.SecondsLeft);
        return ChargedPrice.In(request.Method, newPart, request.Rates)
            .Then(added => ChargedPrice.In(request.Method, oldPart, request.Rates)
                .Then(discount => discount.To(currency, request.Rates))
                .Then(discount => Finish(request, added, discount, renewal)));
    }

    static Result<UpgradeOffer> Finish(UpgradeRequest request, Money added, Money discount, Money renewal)
    {
        var least = renewal.Currency == Currency.BTC ? Satoshis.MsatPerSat : 1UL;
        var cost = added with { Amount = added.Amount > discount.Amount ? Math.Max(added.Amount - discount.Amount, least) : least };
        return Charge.On(cost, request.Method, request.TaxRate, request.Fee, request.Rates)
            .Then(charge => new UpgradeOffer(cost, renewal, discount, charge.Tax, charge.Fee, charge.Total));
    }
}
