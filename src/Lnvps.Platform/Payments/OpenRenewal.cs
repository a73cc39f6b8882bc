using Lnvps.Core.Identity;
using Lnvps.Core.Money;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Payments;
using Lnvps.Core.Taxes;
using Lnvps.Core.Time;
using Lnvps.Database.Addresses;
using Lnvps.Database.Hosts;
using Lnvps.Database.Payments;
using Lnvps.Database.Sessions;
using Lnvps.Database.Users;
using Lnvps.Database.Vms;
using Lnvps.Database.Wallets;
using Lnvps.Lightning.Nodes;
using Lnvps.Platform.Orders;
using Lnvps.Platform.Vms;

namespace Lnvps.Platform.Payments;

/// <summary>
/// Offers a payment that extends a VM (billing.md sections 8, 10 and 11). The invoice exists before its row; the row is written only while the VM is live
/// and no equal offer is open, whatever other requests and processes do meanwhile. A first payment also holds room for the machine: nobody pays for one
/// that cannot be built.
/// </summary>
public sealed class OpenRenewal(Shop shop, RoomKeeper rooms)
{
    static readonly TimeSpan LightningLifetime = TimeSpan.FromSeconds(600);

    /// <summary>How long room is held while the invoice is being made; longer than any answer of the node is waited for.</summary>
    static readonly TimeSpan HoldWhileInvoicing = TimeSpan.FromSeconds(120);

    // One request per VM at a time in this process (VMs share gates by id); between processes the insert decides.
    readonly SemaphoreSlim[] _gates = [.. Enumerable.Range(0, 256).Select(_ => new SemaphoreSlim(1, 1))];

    /// <summary>An open payment with these terms: an existing one with at least a minute left, or a new one.</summary>
    public async Task<Result<VmPaymentRow>> Lightning(VmId vm, int intervals, CancellationToken stop)
    {
        var gate = _gates[vm.Value % _gates.Length];
        await gate.WaitAsync(stop);
        try
        {
            var seen = await shop.Db.Read(session => session.FindVmDetails(vm, stop), stop);
            var prepared = await shop.Db.Write(async session =>
            {
                // Before anything is read: on MariaDB a transaction goes on seeing what it saw first, and room must be counted as it is under the lock.
                if (seen is not null && seen.Created == seen.Expires)
                    await session.LockHosts(seen.RegionId, stop);
                return await Prepare(session, vm, intervals, stop);
            }, stop);
            return prepared.IsOk ? prepared.Value.Existing ?? await Create(prepared.Value, stop) : prepared.Refusal;
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>What is to be paid, and the payment that asks for it already, if there is one.</summary>
    sealed record Prepared(VmId Vm, RenewalOffer Offer, TaxDecision Tax, VmPaymentRow? Existing);

    async Task<Result<Prepared>> Prepare(Session session, VmId id, int intervals, CancellationToken stop)
    {
        var now = shop.Clock.Now;
        var vm = await session.FindVmDetails(id, stop);
        if (vm is null || vm.Deleted)
            return Refusal.NotFound("VM not found");
        var user = await session.FindUser(vm.UserId, stop);
        if (!Currencies.TryParse(vm.CompanyCurrency, out var companyCurrency))
            return Refusal.Failed("The company's currency is misconfigured");

        var tax = shop.Taxes.Decide(vm, user);
        if (!tax.IsOk)
            return tax.Refusal;
        var addresses = await session.ListAddresses(id, stop);
        var offer = VmPrice.Of(vm, addresses).Then(price => RenewalOffer.For(new RenewalRequest
        {
            Price = price,
            Method = PaymentMethod.Lightning,
            Intervals = intervals,
            Expires = vm.Expires,
            Now = now,
            TaxRate = tax.Value.Rate,
            Fee = FeeTerms.None,
            CompanyCurrency = companyCurrency,
            LatestExpiry = session.Dialect.LatestInstant,
            Rates = shop.Rates.Current,
        }));
        if (!offer.IsOk)
            return offer.Refusal;
        if (await FindOpen(session, id, offer.Value.TimeValue, now, stop) is { } open)
            return new Prepared(id, offer.Value, tax.Value, open);
        if (vm.Created == vm.Expires)
        {
            if (await rooms.Claim(session, vm, now, stop) is { } noRoom)
                return noRoom;
            await session.HoldRoom(id, now.Plus(HoldWhileInvoicing), stop);
        }
        return new Prepared(id, offer.Value, tax.Value, Existing: null);
    }

    async Task<Result<VmPaymentRow>> Create(Prepared prepared, CancellationToken stop)
    {
        var (vm, offer, tax, _) = prepared;
        Invoice invoice;
        try
        {
            invoice = await shop.Node.CreateInvoice(
                new InvoiceRequest(new Msat(offer.Total.Amount), Memo.VmRenewal(vm, offer.ProjectedExpiry), DescriptionHash: null, LightningLifetime), stop);
        }
        catch
        {
            await LetGo(vm);
            throw;
        }

        Result<VmPaymentRow> stored;
        try
        {
            stored = await shop.Db.Write(session => Store(session, vm, offer, tax, invoice, stop), stop);
        }
        catch
        {
            await Cancel(invoice);
            await LetGo(vm);
            throw;
        }
        if (!stored.IsOk || stored.Value.Id.Bytes != invoice.PaymentHash)
            await Cancel(invoice);
        return stored;
    }

    async Task<Result<VmPaymentRow>> Store(Session session, VmId id, RenewalOffer offer, TaxDecision tax, Invoice invoice, CancellationToken stop)
    {
        var now = shop.Clock.Now;
        var vm = await session.LockVm(id, stop);
        if (vm is null || vm.Deleted)
            return Refusal.NotFound("VM not found");
        if (await FindOpen(session, id, offer.TimeValue, now, stop) is { } other)
            return other;
        var payment = new VmPaymentRow
        {
            Id = new PaymentId(invoice.PaymentHash),
            VmId = id,
            Created = now,
            Expires = now.Plus(LightningLifetime),
            Amount = offer.Net.Amount,
            Tax = offer.Tax.Amount,
            ProcessingFee = offer.Fee.Amount,
            Currency = offer.Net.Currency.Code(),
            Rate = (float)offer.RateToBase,
            TimeValue = (ulong)offer.TimeValue,
            PaymentMethod = PaymentMethod.Lightning,
            PaymentType = VmPaymentKind.Renewal,
            ExternalData = shop.Db.Cipher.Seal(invoice.PaymentRequest),
        };
        await session.InsertPayment(payment, stop);
        await session.InsertPaymentTerms(PaymentTermsRow.Of(payment.Id, offer.Total, tax, offer.Quote), stop);
        await session.ReleaseRoom(id, stop);
        return payment;
    }

    static async Task<VmPaymentRow?> FindOpen(Session session, VmId vm, long timeValue, Instant now, CancellationToken stop)
    {
        var open = await session.ListOpenRenewals(vm, PaymentMethod.Lightning, now, stop);
        var asked = open.Count == 0 ? [] : await session.ListOpenWalletRequests(vm, now, stop);
        var match = PaymentReuse.Find(
            open.Select(row => new PendingPayment(row.Id, row.PaymentMethod, row.PaymentType, row.Created, row.Expires, (long)row.TimeValue, WalletAsked: asked.Contains(row.Id))),
            PaymentMethod.Lightning, timeValue, now);
        return match is null ? null : open.Find(row => row.Id == match.Id);
    }

    // The invoice was never shown to anybody; it lapses by itself if the node cannot be reached now.
    async Task Cancel(Invoice invoice)
    {
        try
        {
            await shop.Node.Cancel(invoice.PaymentHash, CancellationToken.None);
        }
        catch (OutsideFault)
        {
            // It lapses.
        }
    }

    async Task LetGo(VmId vm)
    {
        try
        {
            await shop.Db.Write(session => session.ReleaseRoom(vm, CancellationToken.None), CancellationToken.None);
        }
        catch (System.Data.Common.DbException)
        {
            // The hold lapses by itself.
        }
    }
}
