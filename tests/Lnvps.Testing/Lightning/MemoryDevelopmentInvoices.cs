using Lnvps.Core.Identity;
using Lnvps.Lightning.Development;
using Lnvps.Lightning.Nodes;

namespace Lnvps.Testing.Lightning;

/// <summary>The development node's memory without a database; one object shared by several nodes plays their common store.</summary>
public sealed class MemoryDevelopmentInvoices : IDevelopmentInvoices
{
    readonly Lock _lock = new();
    readonly Dictionary<Bytes32, DevelopmentInvoice> _invoices = [];
    readonly List<Settlement> _settled = [];
    Bytes32? _key;

    public Task<Bytes32> NodeKey(Bytes32 fresh, CancellationToken stop) => Do(() => _key ??= fresh, stop);

    public Task Add(DevelopmentInvoice invoice, CancellationToken stop) => Do(() => _invoices.TryAdd(invoice.PaymentHash, invoice)
        ? true
        : throw new InvalidOperationException("The payment hash is not new"), stop);

    public Task<DevelopmentInvoice?> Find(Bytes32 paymentHash, CancellationToken stop) => Do(() => _invoices.GetValueOrDefault(paymentHash), stop);

    public Task<ulong?> Settle(Bytes32 paymentHash, CancellationToken stop) => Do<ulong?>(() =>
    {
        if (_invoices.GetValueOrDefault(paymentHash) is not { State: InvoiceState.Open } open)
            return null;
        var index = (ulong)_settled.Count + 1;
        _invoices[paymentHash] = open with { State = InvoiceState.Settled, SettleIndex = index };
        _settled.Add(new Settlement(paymentHash, index));
        return index;
    }, stop);

    public Task Cancel(Bytes32 paymentHash, CancellationToken stop) => Do(() =>
    {
        if (_invoices.GetValueOrDefault(paymentHash) is { State: InvoiceState.Open } open)
            _invoices[paymentHash] = open with { State = InvoiceState.Cancelled };
        return true;
    }, stop);

    public Task<ulong> LastSettleIndex(CancellationToken stop) => Do(() => (ulong)_settled.Count, stop);

    public Task<IReadOnlyList<Settlement>> SettledAfter(ulong settleIndex, int limit, CancellationToken stop) =>
        Do<IReadOnlyList<Settlement>>(() => [.. _settled.Skip((int)Math.Min(settleIndex, int.MaxValue)).Take(limit)], stop);

    Task<T> Do<T>(Func<T> work, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        lock (_lock)
            return Task.FromResult(work());
    }
}
