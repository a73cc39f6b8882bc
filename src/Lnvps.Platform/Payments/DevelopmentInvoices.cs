using Lnvps.Core.Identity;
using Lnvps.Core.Money;
using Lnvps.Core.Time;
using Lnvps.Database.Sessions;
using Lnvps.Lightning.Development;
using Lnvps.Lightning.Nodes;

namespace Lnvps.Platform.Payments;

/// <summary>
/// The development node's memory in the database (tables <c>dev_node</c> and <c>dev_invoice</c>). The one row of the node is locked while a
/// settle index is given, so that settlements are committed in the order of their indices.
/// </summary>
public sealed class DevelopmentInvoices(Db db) : IDevelopmentInvoices
{
    const string Columns = "payment_hash, preimage, payment_request, amount, expires, state, settle_index";

    public Task<Bytes32> NodeKey(Bytes32 fresh, CancellationToken stop) =>
        db.Write(async session =>
        {
            await session.Execute(session.Dialect.InsertOrKeep("dev_node", "id, node_key, settle_index", "1, @fresh, 0", "id"), new { fresh }, stop);
            return await session.Find<Bytes32>("SELECT node_key FROM dev_node WHERE id = 1", null, stop);
        }, stop);

    public Task Add(DevelopmentInvoice invoice, CancellationToken stop) =>
        db.Write(session => session.Execute($"""
            INSERT INTO dev_invoice ({Columns}) VALUES (@PaymentHash, @Preimage, @PaymentRequest, @Amount, @Expires, @State, NULL)
            """,
            new { invoice.PaymentHash, invoice.Preimage, invoice.PaymentRequest, Amount = invoice.Amount.Value, invoice.Expires, State = State.Open },
            stop), stop);

    public async Task<DevelopmentInvoice?> Find(Bytes32 paymentHash, CancellationToken stop)
    {
        var row = await db.Read(
            session => session.Find<Row>($"SELECT {Columns} FROM dev_invoice WHERE payment_hash = @paymentHash", new { paymentHash }, stop), stop);
        return row is null
            ? null
            : new DevelopmentInvoice
            {
                PaymentHash = row.PaymentHash,
                Preimage = row.Preimage,
                PaymentRequest = row.PaymentRequest,
                Amount = new Msat(row.Amount),
                Expires = row.Expires,
                State = row.State switch
                {
                    State.Open => InvoiceState.Open,
                    State.Settled => InvoiceState.Settled,
                    _ => InvoiceState.Cancelled,
                },
                SettleIndex = row.SettleIndex ?? 0,
            };
    }

    public Task<ulong?> Settle(Bytes32 paymentHash, CancellationToken stop) =>
        db.Write<ulong?>(async session =>
        {
            await session.Execute("UPDATE dev_node SET settle_index = settle_index + 1 WHERE id = 1", null, stop);
            var index = await LastSettleIndex(session, stop);
            var settled = await session.Execute(
                "UPDATE dev_invoice SET state = @settled, settle_index = @index WHERE payment_hash = @paymentHash AND state = @open",
                new { settled = State.Settled, index, paymentHash, open = State.Open }, stop);
            if (settled > 0)
                return index;
            await session.Execute("UPDATE dev_node SET settle_index = settle_index - 1 WHERE id = 1", null, stop);
            return null;
        }, stop);

    public Task Cancel(Bytes32 paymentHash, CancellationToken stop) =>
        db.Write(session => session.Execute("UPDATE dev_invoice SET state = @cancelled WHERE payment_hash = @paymentHash AND state = @open",
            new { cancelled = State.Cancelled, paymentHash, open = State.Open }, stop), stop);

    public Task<ulong> LastSettleIndex(CancellationToken stop) => db.Read(session => LastSettleIndex(session, stop), stop);

    public async Task<IReadOnlyList<Settlement>> SettledAfter(ulong settleIndex, int limit, CancellationToken stop)
    {
        var rows = await db.Read(session => session.List<Row>(
            $"SELECT {Columns} FROM dev_invoice WHERE settle_index > @settleIndex ORDER BY settle_index LIMIT @limit",
            new { settleIndex, limit }, stop), stop);
        return rows.ConvertAll(row => new Settlement(row.PaymentHash, row.SettleIndex ?? 0));
    }

    static Task<ulong> LastSettleIndex(Session session, CancellationToken stop) =>
        session.Scalar<ulong>("SELECT settle_index FROM dev_node WHERE id = 1", null, stop);

    // Stored as ordinals; of its own, so that the port's enum may change.
    enum State : ushort { Open = 0, Settled = 1, Cancelled = 2 }

    sealed record Row
    {
        public Bytes32 PaymentHash { get; init; }
        public Bytes32 Preimage { get; init; }
        public string PaymentRequest { get; init; } = "";
        public ulong Amount { get; init; }
        public Instant Expires { get; init; }
        public State State { get; init; }
        public ulong? SettleIndex { get; init; }
    }
}
