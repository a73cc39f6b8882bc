using System.Globalization;
using Lnvps.Core.Identity;
using Lnvps.Core.Time;
using Lnvps.Database.Sessions;
using Lnvps.Testing.Invariants;

namespace Lnvps.Api.Tests.Simulation;

/// <summary>
/// Checks the books after each event: the invariants of data-model.md section 8 that a database shows by itself, and by comparison with the last look those
/// that forbid changes (14 and 34).
/// </summary>
sealed class Books(SimulatedShop shop)
{
    Dictionary<PaymentId, Payment> _payments = [];
    List<Entry> _history = [];
    Dictionary<VmId, bool> _vms = [];
    Dictionary<SubscriptionId, Month> _months = [];
    long _version = -1;

    public async Task Check(Session session)
    {
        // Tells whether anybody has written since this connection asked last.
        var version = await session.Scalar<long>("PRAGMA data_version");
        if (version != _version)
        {
            var broken = (await ShopInvariants.Check(session, default)).ToList();
            await ComparePayments(session, broken);
            await CompareHistory(session, broken);
            await CompareMonths(session, broken);
            if (broken.Count > 0)
                throw new InvalidDataException(string.Join("; ", broken));
            _version = version;
        }
        await CompareAddresses(session);
        if (shop.World.Clashes() is { Count: > 0 } clashes)
            throw new InvalidDataException($"Two machines use {string.Join(", ", clashes)}");
    }

    /// <summary>Nothing is given back before the host has said that the machine is gone: what a machine may use is its own.</summary>
    async Task CompareAddresses(Session session)
    {
        const string Filter = "lnvps-vm-";
        var made = shop.World.Inventory().Where(thing => thing.Kind == "filter").ToList();
        if (made.Count == 0)
            return;
        var live = (await session.List<Assignment>("SELECT vm_id, ip FROM vm_ip_assignment WHERE deleted = 0")).ToLookup(row => row.VmId, row => row.Ip);
        foreach (var filter in made)
        {
            var vm = new VmId(uint.Parse(filter.Name.AsSpan(Filter.Length), CultureInfo.InvariantCulture));
            if (shop.World.AllowedAddresses(filter.Host, vm)!.Except(live[vm]).ToList() is { Count: > 0 } foreign)
                throw new InvalidDataException($"VM {vm} may use {string.Join(", ", foreign)}, which are not its own");
        }
    }

    async Task ComparePayments(Session session, List<string> broken)
    {
        var now = (await session.List<Payment>("""
            SELECT id, vm_id AS subject, amount, tax, processing_fee, currency, rate, time_value, payment_type, payment_method, created, is_paid FROM vm_payment
            UNION ALL
            SELECT id, subscription_id, amount, tax, processing_fee, currency, rate, 0, payment_type, payment_method, created, is_paid FROM subscription_payment
            """)).ToDictionary(row => row.Id);
        foreach (var (id, before) in _payments)
        {
            if (!now.TryGetValue(id, out var after) || before.IsPaid && !after.IsPaid || after with { IsPaid = before.IsPaid } != before)
                broken.Add($"14 payments never change: {id}");
        }
        _payments = now;
    }

    /// <summary>Each payment of a subscription moves its end once, and nothing else does.</summary>
    async Task CompareMonths(Session session, List<string> broken)
    {
        var now = (await session.List<Month>("""
            SELECT s.id, s.expires, (SELECT COUNT(*) FROM subscription_payment p WHERE p.subscription_id = s.id AND p.is_paid = 1) AS paid FROM subscription s
            """)).ToDictionary(row => row.Id);
        foreach (var (id, before) in _months)
        {
            if (!now.TryGetValue(id, out var after) || (after.Paid == before.Paid ? after.Expires != before.Expires : !(after.Expires > (before.Expires ?? default(Instant)))))
                broken.Add($"the end of subscription {id} moves with its payments: {before} to {after}");
        }
        _months = now;
    }

    async Task CompareHistory(Session session, List<string> broken)
    {
        var now = await session.List<Entry>("SELECT id, vm_id, action_type, timestamp, previous_state, new_state, metadata, description FROM vm_history ORDER BY id");
        if (now.Count < _history.Count || !now.Take(_history.Count).SequenceEqual(_history))
            broken.Add("34 history never changes");
        _history = now;
        var vms = (await session.List<Vm>("SELECT id, deleted FROM vm")).ToDictionary(row => row.Id, row => row.Deleted);
        broken.AddRange(_vms.Keys.Where(vm => !vms.ContainsKey(vm)).Select(vm => $"34 VMs never vanish: {vm}"));
        _vms = vms;
    }

    sealed record Payment
    {
        public PaymentId Id { get; init; }
        public uint Subject { get; init; }
        public ulong Amount { get; init; }
        public ulong Tax { get; init; }
        public ulong ProcessingFee { get; init; }
        public string Currency { get; init; } = "";
        public float Rate { get; init; }
        public ulong TimeValue { get; init; }
        public ushort PaymentType { get; init; }
        public ushort PaymentMethod { get; init; }
        public Instant Created { get; init; }
        public bool IsPaid { get; init; }
    }

    sealed record Entry
    {
        public uint Id { get; init; }
        public VmId VmId { get; init; }
        public ushort ActionType { get; init; }
        public Instant Timestamp { get; init; }
        public string? PreviousState { get; init; }
        public string? NewState { get; init; }
        public string? Metadata { get; init; }
        public string? Description { get; init; }
    }

    sealed record Month
    {
        public SubscriptionId Id { get; init; }
        public Instant? Expires { get; init; }
        public long Paid { get; init; }
    }

    sealed record Assignment
    {
        public VmId VmId { get; init; }
        public string Ip { get; init; } = "";
    }

    sealed record Vm
    {
        public VmId Id { get; init; }
        public bool Deleted { get; init; }
    }
}
