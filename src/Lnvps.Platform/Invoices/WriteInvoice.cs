using Lnvps.Core.Catalogue;
using Lnvps.Core.Identity;
using Lnvps.Core.Invoices;
using Lnvps.Core.Money;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Payments;
using Lnvps.Core.Sizes;
using Lnvps.Core.Taxes;
using Lnvps.Database.Companies;
using Lnvps.Database.Invoices;
using Lnvps.Database.Payments;
using Lnvps.Database.Sessions;
using Lnvps.Database.Subscriptions;
using Lnvps.Database.Users;
using Lnvps.Nostr.Encodings;

namespace Lnvps.Platform.Invoices;

/// <summary>
/// Writes the invoice of a paid payment of a VM or a subscription, from what is stored now. It stays printable for good: what has vanished since is left out.
/// </summary>
public sealed class WriteInvoice(Shop shop)
{
    /// <summary>404: unknown; 403: another customer's; 409: not paid.</summary>
    public Task<Result<InvoiceDocument>> Of(PaymentId id, UserId caller, CancellationToken stop) => shop.Db.Read(async session =>
        await session.FindPaymentWithOwner(id, stop) is { } payment ? await Check(payment.UserId, payment.IsPaid, caller, () => OfVm(session, payment, stop))
        : await session.FindSubscriptionPayment(id, stop) is { } other ? await Check(other.UserId, other.IsPaid, caller, () => OfSubscription(session, other, stop))
        : Refusal.NotFound("Payment not found"), stop);

    static async Task<Result<InvoiceDocument>> Check(UserId payer, bool isPaid, UserId caller, Func<Task<Result<InvoiceDocument>>> write) =>
        payer != caller ? Refusal.NotYours("VM does not belong to you")
        : !isPaid ? Refusal.Conflict("Payment is not paid, can't generate invoice")
        : await write();

    static async Task<Result<InvoiceDocument>> OfVm(Session session, OwnedPaymentRow payment, CancellationToken stop)
    {
        if (!Currencies.TryParse(payment.Currency, out var currency))
            return Refusal.Failed("The payment is in an unknown currency");
        var vm = await session.FindInvoiceVm(payment.VmId, stop);
        var isUpgrade = payment.PaymentType == VmPaymentKind.Upgrade;
        var (net, tax) = (new Money(payment.Amount, currency), new Money(payment.Tax, currency));
        var line = new InvoiceLine(Describe(payment, vm), isUpgrade ? Sizes(payment.UpgradeParams) : [], net, tax);
        return await Finish(session, payment.Id, payment.UserId, vm?.CompanyId, payment, new InvoiceDocument
        {
            Id = payment.Id.ToString(),
            Created = payment.Created,
            Kind = isUpgrade ? "Upgrade" : "Renewal",
            Npub = "",
            BillTo = Nobody,
            Lines = [line],
            Net = net,
            Tax = tax,
            Fee = new Money(payment.ProcessingFee, currency),
        }, stop);
    }

    static async Task<Result<InvoiceDocument>> OfSubscription(Session session, SubscriptionPaymentRow payment, CancellationToken stop)
    {
        if (!Currencies.TryParse(payment.Currency, out var currency))
            return Refusal.Failed("The payment is in an unknown currency");
        var subscription = await session.FindSubscription(payment.SubscriptionId, stop);
        var items = await session.ListLineItems([payment.SubscriptionId], stop);
        var isFirst = payment.PaymentType == SubscriptionPaymentKind.Purchase;
        var weights = items.ConvertAll(item => isFirst ? Sum(item.Amount, item.SetupAmount) : item.Amount);
        var (nets, taxes) = (InvoiceSplit.Of(payment.Amount, weights), InvoiceSplit.Of(payment.Tax, weights));
        List<InvoiceLine> lines = [.. items.Select((item, i) => new InvoiceLine(
            item.Name, isFirst && item.SetupAmount > 0 ? ["One month, and setup"] : ["One month"], new Money(nets[i], currency), new Money(taxes[i], currency)))];
        var (net, tax) = (new Money(payment.Amount, currency), new Money(payment.Tax, currency));
        return await Finish(session, payment.Id, payment.UserId, subscription?.CompanyId, payment, new InvoiceDocument
        {
            Id = payment.Id.ToString(),
            Created = payment.Created,
            Kind = payment.PaymentType.ToString(),
            Npub = "",
            BillTo = Nobody,
            Lines = lines.Count > 0 ? lines : [new InvoiceLine($"Subscription #{payment.SubscriptionId}", [], net, tax)],
            Net = net,
            Tax = tax,
            Fee = new Money(payment.ProcessingFee, currency),
        }, stop);
    }

    static async Task<Result<InvoiceDocument>> Finish(
        Session session, PaymentId id, UserId payer, CompanyId? company, IPaymentTerms terms, InvoiceDocument draft, CancellationToken stop)
    {
        var number = await session.FindInvoice(id, stop);
        var seller = company is { } seen ? await session.FindSeller(number?.CompanyId ?? seen, stop) : null;
        var user = await session.FindUser(payer, stop);
        return draft with
        {
            Number = number?.Text,
            Paid = number?.Issued,
            Npub = user?.Pubkey.ToNpub() ?? "",
            BillTo = user is null ? Nobody : new InvoiceParty(user.BillingName, user.BillingAddress1, user.BillingAddress2, user.BillingCity, user.BillingState,
                user.BillingPostcode, user.CountryCode, user.BillingTaxId),
            Seller = seller is null ? null : new InvoiceParty(
                seller.Name, seller.Address1, seller.Address2, seller.City, seller.State, seller.Postcode, seller.CountryCode, seller.TaxId),
            TaxRate = terms.TaxRate,
            Note = NoteOn(terms.TaxTreatment),
        };
    }

    static readonly InvoiceParty Nobody = new(null, null, null, null, null, null, null, null);

    /// <summary>For cases 3, 4 and 7 of billing.md section 6.4.</summary>
    static string? NoteOn(string? treatment) =>
        treatment == TaxTreatment.ReverseCharge.Word() ? "Reverse charge: the recipient accounts for the VAT (Article 196 of Directive 2006/112/EC)."
        : treatment == TaxTreatment.OutOfScope.Word() ? "Outside the scope of EU VAT (Articles 44 and 59 of Directive 2006/112/EC)."
        : null;

    /// <summary><c>VM Renewal #5 - Small - Debian 12 - 31 days</c>; what has vanished is left out.</summary>
    static string Describe(OwnedPaymentRow payment, InvoiceVmRow? vm)
    {
        var isUpgrade = payment.PaymentType == VmPaymentKind.Upgrade;
        string?[] parts =
        [
            $"VM {(isUpgrade ? "Upgrade" : "Renewal")} #{payment.VmId}",
            vm?.TemplateName ?? (vm is { IsCustom: true } ? "Custom" : null),
            vm?.ImageDistribution is { } distribution ? $"{distribution.Title()} {vm.ImageVersion}" : null,
            isUpgrade ? null : DurationText.Of(payment.TimeValue),
        ];
        return string.Join(" - ", parts.Where(part => part is not null));
    }

    static List<string> Sizes(string? upgradeParams)
    {
        var sizes = new List<string>();
        if (!UpgradeParams.TryParse(upgradeParams, out var wish))
            return sizes;
        if (wish.Cpu is { } cpu)
            sizes.Add($"New CPU cores: {cpu}");
        if (wish.Memory is { } memory)
            sizes.Add($"New memory: {Gigabytes(memory)} GB");
        if (wish.Disk is { } disk)
            sizes.Add($"New disk: {Gigabytes(disk)} GB");
        return sizes;
    }

    /// <summary>With up to two decimals.</summary>
    static string Gigabytes(Bytes size) => ((decimal)size.Value / Bytes.Gib).ToString("0.##", System.Globalization.CultureInfo.InvariantCulture);

    static ulong Sum(ulong a, ulong b) => a <= ulong.MaxValue - b ? a + b : ulong.MaxValue;
}
