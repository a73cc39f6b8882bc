using System.Data.Common;
using Lnvps.Core.Identity;
using Lnvps.Core.Money;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Payments;
using Lnvps.Core.Taxes;
using Lnvps.Core.Time;
using Lnvps.Database.Addresses;
using Lnvps.Database.Payments;
using Lnvps.Database.Sessions;
using Lnvps.Database.Users;
using Lnvps.Database.Vms;
using Lnvps.Platform.Orders;
using Lnvps.Platform.Payments.Providers;

namespace Lnvps.Platform.Payments;

/// <summary>Everything of a VM and its owner that prices are made from.</summary>
sealed record VmBasis(
    VmDetailsRow Vm, IReadOnlyList<AssignedAddressRow> Addresses, Currency CompanyCurrency, TaxDecision Tax, FeeTerms Fee, Instant LatestExpiry, PricingMoment Moment)
{
    /// <summary>404: no such VM, or deleted; 409: a refund is under way, what is paid now would go with the VM; 400: the company does not take the method; else as the tax rules say.</summary>
    public static async Task<Result<VmBasis>> Load(Shop shop, Session session, VmId id, IPaymentProvider provider, PricingMoment moment, CancellationToken stop)
    {
        var vm = await session.FindVmDetails(id, stop);
        if (vm is null || vm.Deleted)
            return Refusal.NotFound("VM not found");
        if (vm.IsRefunding)
            return Refusal.Conflict("A refund of this VM is under way");
        if (!Currencies.TryParse(vm.CompanyCurrency, out var companyCurrency))
            return Refusal.Failed("The company's currency is misconfigured");
        var tax = shop.Taxes.Decide(vm, await session.FindUser(vm.UserId, stop));
        if (!tax.IsOk)
            return tax.Refusal;
        var fee = await provider.Terms(session, vm.CompanyId, stop);
        if (!fee.IsOk)
            return fee.Refusal;
        return new VmBasis(vm, await session.ListAddresses(id, stop), companyCurrency, tax.Value, fee.Value, session.Dialect.LatestInstant, moment);
    }
}

/// <summary>An offer for one VM, stored under the lock of the VM's row.</summary>
abstract class VmOffer(Shop shop, RoomKeeper rooms, IPaymentProvider provider, VmId vm) : Offer<VmDetailsRow, VmPaymentRow>(shop, provider)
{
    /// <summary>How long room is held while the order is being made; longer than any answer of a provider is waited for.</summary>
    static readonly TimeSpan HoldWhileOrdering = TimeSpan.FromSeconds(120);

    // Only set by what is committed.
    uint? _hold;

    protected VmId Vm => vm;

    protected RoomKeeper Rooms => rooms;

    protected virtual VmPaymentKind Kind => VmPaymentKind.Renewal;

    /// <summary>The new size, for the column of that name.</summary>
    protected virtual string? UpgradeParams => null;

    protected abstract Task<Result<OfferTerms>> Price(VmBasis basis, Session session, CancellationToken stop);

    protected sealed override async Task<Result<PricedOffer<VmDetailsRow>>> Price(Session session, PricingMoment moment, CancellationToken stop)
    {
        var basis = await VmBasis.Load(Shop, session, vm, Provider, moment, stop);
        return basis.IsOk
            ? (await Price(basis.Value, session, stop)).Then(terms => new PricedOffer<VmDetailsRow>(basis.Value.Vm, terms))
            : basis.Refusal;
    }

    protected sealed override Task Lock(Session session, CancellationToken stop) => session.LockVm(vm, stop);

    /// <summary>Holds room for a VM that was never paid for: nobody pays for a machine that cannot be built.</summary>
    protected override async Task<Refusal?> Reserve(Session session, VmDetailsRow subject, Instant now, CancellationToken stop)
    {
        if (subject.Created != subject.Expires)
            return null;
        if (await rooms.Claim(session, subject, now, stop) is { } noRoom)
            return noRoom;
        await Hold(session, now, stop);
        return null;
    }

    /// <summary>Holds the room that was found, from here on until this offer is stored or given up; others of the same VM have holds of their own.</summary>
    protected async Task Hold(Session session, Instant now, CancellationToken stop)
    {
        await LetGo(session, stop);
        var hold = await session.HoldRoom(vm, UpgradeParams, now.Plus(HoldWhileOrdering), stop);
        session.AfterCommit(() => _hold = hold);
    }

    Task LetGo(Session session, CancellationToken stop) => _hold is { } hold ? session.ReleaseRoom(hold, stop) : Task.CompletedTask;

    protected sealed override async Task LetGo()
    {
        if (_hold is null)
            return;
        CommitWitness.LookAway();
        try
        {
            await Shop.Db.Write(session => LetGo(session, CancellationToken.None), CancellationToken.None);
        }
        catch (DbException)
        {
            // The hold lapses by itself.
        }
    }

    protected sealed override async Task<VmPaymentRow> Insert(
        Session session, VmDetailsRow subject, OfferTerms terms, ProviderOrder order, Instant now, CancellationToken stop)
    {
        var payment = new VmPaymentRow
        {
            Id = order.Id,
            VmId = vm,
            Created = now,
            Expires = now.Plus(Provider.Lifetime),
            Amount = terms.Net.Amount,
            Tax = terms.Tax.Amount,
            ProcessingFee = terms.Fee.Amount,
            Currency = terms.Net.Currency.Code(),
            Rate = (float)terms.RateToBase,
            TimeValue = (ulong)terms.TimeValue,
            PaymentMethod = Provider.Method,
            PaymentType = Kind,
            ExternalId = order.ExternalId,
            ExternalData = Shop.Db.Cipher.Seal(order.Data),
            UpgradeParams = UpgradeParams,
        };
        await session.InsertPayment(payment, stop);
        await session.InsertPaymentTerms(PaymentTermsRow.Of(payment.Id, terms.Total, terms.Decision, terms.Quote), stop);
        await LetGo(session, stop);
        return payment;
    }

    protected sealed override Task<VmPaymentRow?> Find(Session session, PaymentId id, CancellationToken stop) => session.FindPayment(id, stop);

    protected sealed override PaymentId IdOf(VmPaymentRow row) => row.Id;
}
