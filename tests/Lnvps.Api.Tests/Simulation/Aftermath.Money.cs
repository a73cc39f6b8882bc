using Lnvps.Core.Addresses;
using Lnvps.Core.Identity;
using Lnvps.Core.Money;
using Lnvps.Core.Subscriptions;
using Lnvps.Core.Time;
using Lnvps.Database.Refunds;
using Lnvps.Lightning.Nodes;
using Lnvps.Platform.Subscriptions;

namespace Lnvps.Api.Tests.Simulation;

/// <summary>What left the shop is what its books say, and whoever paid for addresses has them.</summary>
sealed partial class Aftermath
{
    /// <summary>Msat of a cent at the rates of the simulation.</summary>
    const decimal MsatPerCent = 100_000_000_000m / 95_000 / 100;

    public async Task CheckMoney(IReadOnlyList<Bytes32> wronglyPaid, IReadOnlyList<AskedRefund> asked)
    {
        foreach (var id in wronglyPaid)
        {
            if (await session.Scalar<long>(
                "SELECT (SELECT COUNT(*) FROM vm_payment WHERE id = @id AND is_paid = 1) + (SELECT COUNT(*) FROM subscription_payment WHERE id = @id AND is_paid = 1)", new { id }) != 0)
                throw new InvalidDataException($"Payment {id} was credited although another amount came");
        }
        foreach (var refund in asked)
        {
            var row = await session.FindRefund(refund.Invoice, default);
            var left = (await shop.Node.LookUp(refund.Invoice, default)).State == InvoiceState.Settled;
            if (left != row?.Paid is not null || left && (row!.Amount != refund.Amount || row.VmId != refund.Vm || row.Preimage is null))
                throw new InvalidDataException($"Refund of VM {refund.Vm}: money left {left}, books say {row?.Amount} paid {row?.Paid}");
        }
        foreach (var vm in asked.Select(refund => refund.Vm).Distinct())
        {
            var paid = (await session.SumPaid(vm, default)).Sum(sum => sum.Currency == "BTC" ? sum.Amount : sum.Amount * MsatPerCent);
            var refunded = (await session.ListRefunds(vm, default)).Where(refund => refund.Paid is not null).Sum(refund => (decimal)refund.Amount);
            // A part is rounded up to a cent.
            if (refunded > paid + 2 * MsatPerCent)
                throw new InvalidDataException($"VM {vm}: {refunded} msat were given back, {paid} were paid");
        }
    }

    public async Task CheckSubscriptions()
    {
        var now = shop.Now;
        var pieces = (await session.List<Piece>("SELECT subscription_line_item_id AS line, available_ip_space_id AS space, cidr FROM ip_range_subscription WHERE is_active = 1")).ToList();
        var blocks = (await session.List<Block>("SELECT id, cidr FROM available_ip_space")).ToDictionary(block => block.Id, block => IpPrefix.Parse(block.Cidr));
        foreach (var line in await session.List<Line>("""
            SELECT l.id, l.configuration, s.id AS subscription, s.expires, s.is_active,
                (SELECT COUNT(*) FROM subscription_payment p WHERE p.subscription_id = s.id AND p.is_paid = 1) AS paid
            FROM subscription_line_item l JOIN subscription s ON s.id = l.subscription_id
            """))
        {
            if ((line.Paid > 0) != line.Expires is not null || line.Paid == 0 && line.IsActive)
                throw new InvalidDataException($"Subscription {line.Subscription} was paid {line.Paid} times and ends at {line.Expires}");
            shop.Chances.Tally.Add("subscription paid", (int)line.Paid);
            var isServed = pieces.Exists(piece => piece.Line == line.Id);
            if (!(line.Expires > now))
            {
                if (isServed)
                    throw new InvalidDataException($"Subscription {line.Subscription} has ended and keeps its addresses");
                continue;
            }
            if (!line.IsActive)
                throw new InvalidDataException($"Subscription {line.Subscription} is paid for and closed");
            shop.Chances.Tally.Add(isServed ? "range allocated" : "range refused");
            var wish = RangeConfiguration.Read(line.Configuration)!;
            var taken = pieces.Where(piece => piece.Space == wish.Space.Value).Select(piece => IpPrefix.Parse(piece.Cidr));
            if (!isServed && SpaceAllocation.Choose(blocks[wish.Space.Value], wish.PrefixLength, taken, []) is { } free)
                throw new InvalidDataException($"Subscription {line.Subscription} is paid for and has no addresses although {free} is free");
        }
    }

    sealed record Piece
    {
        public LineItemId Line { get; init; }
        public uint Space { get; init; }
        public string Cidr { get; init; } = "";
    }

    sealed record Block
    {
        public uint Id { get; init; }
        public string Cidr { get; init; } = "";
    }

    sealed record Line
    {
        public LineItemId Id { get; init; }
        public string? Configuration { get; init; }
        public SubscriptionId Subscription { get; init; }
        public Instant? Expires { get; init; }
        public bool IsActive { get; init; }
        public long Paid { get; init; }
    }
}
