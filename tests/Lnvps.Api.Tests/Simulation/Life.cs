using System.Globalization;
using Lnvps.Core.Catalogue;
using Lnvps.Core.Identity;
using Lnvps.Core.Money;
using Lnvps.Core.Network;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Payments;
using Lnvps.Core.Sizes;
using Lnvps.Core.Time;
using Lnvps.Core.Vms;
using Lnvps.Database.Settings;
using Lnvps.Database.Vms;
using Lnvps.Database.Workflows;
using Lnvps.Lightning.Nodes;
using Lnvps.Platform.Orders;
using Lnvps.Platform.Refunds;
using Lnvps.Platform.Vms;
using Lnvps.Platform.Workflows;

namespace Lnvps.Api.Tests.Simulation;

/// <summary>One life of a shop: random events, then peace, then a look whether what exists is what the database says.</summary>
sealed partial class Life(SimulatedShop shop)
{
    const int Events = 20;
    const string Host = "simulated";
    const string Cursor = "lightning-settle-index";

    static readonly int[] Spans = [20, 60, 120, 660, 3_600, 43_200, 90_000];

    /// <summary>Notices of daily and longer plans, expiry, end of an unpaid order's time, end of grace; seconds from expiry.</summary>
    static readonly int[] Moments = [-86_400, -21_600, 0, 0, 86_400, 3 * 86_400];

    static readonly TimeSpan LeastPause = TimeSpan.FromSeconds(5);

    readonly List<string> _story = [];
    readonly List<VmId> _vms = [];
    readonly List<Bytes32> _shown = [];
    readonly List<Bytes32> _paid = [];
    readonly Books _books = new(shop);
    SimulatedProcess _process = null!;
    bool _reachable = true;

    Random Random => shop.Chances.Random;

    /// <summary>What happened, in order.</summary>
    public IReadOnlyList<string> Story => _story;

    public async Task Live()
    {
        await using var look = await shop.Db.Open(default);
        _process = await shop.StartProcess();
        try
        {
            for (var i = 0; i < Events; i++)
            {
                await Attempt(Random.Next(125));
                await _books.Check(look);
            }
            await Heal();
            await _books.Check(look);
            var aftermath = new Aftermath(shop, look, Host);
            await aftermath.Check(_paid);
            await aftermath.CheckMoney(_wronglyPaid, _refunds);
            await aftermath.CheckSubscriptions();
        }
        catch (Exception error)
        {
            throw new InvalidOperationException($"after {string.Join(", ", _story)}: {error.Message}", error);
        }
        finally
        {
            await _process.DisposeAsync();
        }
    }

    async Task Attempt(int dice)
    {
        try
        {
            await Happen(dice);
        }
        catch (OutsideFault)
        {
            // The customer is told that it did not work.
        }
        catch (FaultyDatabaseException)
        {
            // So here.
        }
        catch (Exception) when (_process.IsDead)
        {
            // Killed in the middle of it.
        }
        if (_process.IsDead)
        {
            shop.Chances.Tally.Add("killed");
            await Restart("killed");
        }
    }

    Task Happen(int dice) => dice switch
    {
        < 14 => Buy(),
        < 18 => Order(),
        < 21 => OrderCustom(),
        < 28 => AskForInvoice(),
        < 30 => TopUp(),
        < 33 => AskForUpgrade(),
        < 39 => Pay(),
        < 42 => PayLate(),
        < 45 => SettleByHand(),
        < 50 => Stream(),
        < 53 => Sweep(),
        < 57 => Wait(),
        < 64 => GoToExpiry(),
        < 73 => WorkerRound(),
        < 82 => DrainEngine(),
        < 87 => ChangePower(),
        < 91 => Reinstall(),
        < 92 => ChangeKey(),
        < 93 => Remove(),
        < 95 => PullPlug(),
        < 98 => ToggleHost(),
        < 100 => Restart("restart"),
        < 104 => PayByCard(),
        < 107 => TellOfCard(),
        < 110 => SweepCards(),
        < 113 => Subscribe(),
        < 116 => AskForMonth(),
        < 118 => GoToEndOfMonth(),
        _ => AskForRefund(),
    };

    /// <summary>The usual way, as far as nothing gets in between.</summary>
    async Task Buy()
    {
        await (Random.Next(3) == 0 ? OrderCustom() : Order());
        if (_vms.Count == 0)
            return;
        await AskForInvoice(_vms[^1]);
        await (_byCard ? BuyByCard() : Pay());
        await Stream();
        await DrainEngine();
    }

    Task Order()
    {
        var template = (uint)Random.Next(1, 3);
        _story.Add($"order {template}");
        return Order(request => _process.Orders.Standard(request, new TemplateId(template), default));
    }

    Task OrderCustom()
    {
        var spec = new VmSpec((ushort)Random.Next(1, 5), Bytes.FromGib((ulong)Random.Next(1, 9)), Bytes.FromGib((ulong)Random.Next(2, 50)), DiskKind.Ssd, DiskInterface.Pcie);
        _story.Add($"order of {spec.Cpu} cores");
        return Order(request => _process.Orders.Custom(request, new CustomPricingId(1), spec, default));
    }

    async Task Order(Func<OrderRequest, Task<Result<VmId>>> order)
    {
        var customer = (uint)Random.Next(1, 3);
        var ordered = await order(new OrderRequest(new UserId(customer), new ImageId(1), KeyOf(customer), null));
        if (ordered.IsOk)
            _vms.Add(ordered.Value);
    }

    SshKeyId KeyOf(uint customer) => new(customer * 2 - (uint)Random.Next(2));

    Task AskForInvoice() => Pick(_vms) is { } vm ? AskForInvoice(vm) : Task.CompletedTask;

    async Task AskForInvoice(VmId vm)
    {
        _story.Add($"invoice for {vm}");
        await _process.Shop.Rates.Refresh(default);
        var offered = await _process.Renewals.Open(vm, ChooseMethod(), Random.Next(1, 4), default);
        if (offered.IsOk)
            await Show(offered.Value.Id.Bytes, offered.Value.ExternalId);
        else
            shop.Chances.Tally.Add($"invoice refused: {offered.Refusal.Kind}");
    }

    async Task TopUp()
    {
        if (Pick(_vms) is not { } vm)
            return;
        _story.Add($"top-up of {vm}");
        await _process.Shop.Rates.Refresh(default);
        var terms = await _process.TopUps.Terms(vm, default);
        if (!terms.IsOk)
            return;
        var amount = new Msat(terms.Value.MinSendable.Value + 1000 * (ulong)Random.Next(0, 200));
        var opened = await _process.TopUps.Open(vm, amount, default);
        if (!opened.IsOk)
            return;
        shop.Chances.Tally.Add("top-up");
        await Show(Lnvps.Lightning.Bolt11.Bolt11Decoder.Decode(opened.Value).Value.PaymentHash);
    }

    async Task AskForUpgrade()
    {
        if (Pick(_vms) is not { } vm)
            return;
        _story.Add($"upgrade of {vm}");
        await _process.Shop.Rates.Refresh(default);
        var wish = new UpgradeWish((ushort)Random.Next(2, 8), null, Random.Next(2) == 0 ? Bytes.FromGib((ulong)Random.Next(5, 60)) : null);
        var opened = await _process.Upgrades.Open(vm, wish, ChooseMethod(), default);
        if (opened.IsOk)
            await Show(opened.Value.Id.Bytes, opened.Value.ExternalId);
        else
            shop.Chances.Tally.Add($"upgrade refused: {opened.Refusal.Kind}");
    }

    /// <summary>What a customer is shown can be paid, and money that comes is known.</summary>
    /// <param name="order">At the provider of cards; null: a Lightning invoice.</param>
    async Task Show(Bytes32 id, string? order = null)
    {
        if (order is null ? (await shop.Node.LookUp(id, default)).State is not (InvoiceState.Open or InvoiceState.Settled) : !shop.Cards.Knows(order))
            throw new InvalidDataException("An invoice was shown that cannot be paid");
        if (await shop.Db.Read(session => session.Scalar<long>(
            "SELECT (SELECT COUNT(*) FROM vm_payment WHERE id = @id) + (SELECT COUNT(*) FROM subscription_payment WHERE id = @id)", new { id }), default) != 1)
            throw new InvalidDataException("An invoice was shown that nobody knows of");
        if (order is null)
            _shown.Add(id);
        else
            _checkouts.Add(new Checkout(id, order));
        _byCard = order is not null;
    }

    async Task Pay()
    {
        if (Pick(_shown) is not { } hash || await shop.Invoices.Find(hash, default) is not { } invoice)
            return;
        _story.Add("pay");
        if ((await shop.Node.Pay(invoice.PaymentRequest, default)).IsOk && !_paid.Contains(hash))
            _paid.Add(hash);
    }

    /// <summary>A payment that was under way when its invoice lapsed.</summary>
    async Task PayLate()
    {
        if (Pick(_shown) is not { } hash)
            return;
        _story.Add("pay late");
        if (await shop.Invoices.Settle(hash, default) is null)
            return;
        shop.Chances.Tally.Add("paid late");
        _paid.Add(hash);
    }

    async Task SettleByHand()
    {
        if (Pick(_paid) is not { } hash)
            return;
        _story.Add("settle twice");
        await _process.Completion.Settle(new PaymentId(hash), null, default);
        await _process.Completion.Settle(new PaymentId(hash), null, default);
    }

    async Task Stream()
    {
        _story.Add("stream");
        var stored = await shop.Db.Read(session => session.FindSetting(Cursor, default), default);
        var cursor = stored is null ? 0 : ulong.Parse(stored, CultureInfo.InvariantCulture);
        foreach (var settlement in await shop.Invoices.SettledAfter(cursor, 100, default))
        {
            if (await _process.Completion.Settle(new PaymentId(settlement.PaymentHash), settlement.SettleIndex, default) == Lnvps.Platform.Payments.Completion.Completed)
                shop.Chances.Tally.Add("completed by stream");
        }
    }

    async Task<int> Sweep()
    {
        _story.Add("sweep");
        var completed = await _process.Settlements.Sweep(default);
        shop.Chances.Tally.Add("completed by sweep", completed);
        return completed;
    }

    Task Wait()
    {
        var seconds = Spans[Random.Next(Spans.Length)];
        _story.Add($"wait {seconds} s");
        shop.Time.Advance(TimeSpan.FromSeconds(seconds));
        return Task.CompletedTask;
    }

    /// <summary>To one of the moments that matter to a VM: before its notice, its expiry, the end of its grace, or just after.</summary>
    async Task GoToExpiry()
    {
        if (Pick(_vms) is not { } id || await shop.Db.Read(session => session.FindVm(id, default), default) is not { Deleted: false } vm)
            return;
        var moment = vm.Expires.PlusSeconds(Moments[Random.Next(Moments.Length)] + Random.Next(-2, 3));
        _story.Add($"until {moment}, expiry of {id} {vm.Expires}");
        if (moment > shop.Now)
            shop.Time.Advance(TimeSpan.FromSeconds(moment.SecondsSince(shop.Now)));
        await WorkerRound();
        await DrainEngine();
    }

    async Task<bool> WorkerRound()
    {
        _story.Add("worker");
        var failuresBefore = shop.Chances.DatabaseFailures;
        var lives = await _process.Vms.Round(default);
        if (lives.Failed > 0 && !_process.IsDead && shop.Chances.DatabaseFailures == failuresBefore)
            throw new InvalidDataException("The worker could not check a VM");
        await _process.Subscriptions.Round(default);
        var upgrades = await _process.WaitingUpgrades.Round(default);
        return (await _process.Hosts.Round(default)).Asked > 0 || lives.DidSomething || upgrades > 0;
    }

    Task<int> DrainEngine()
    {
        _story.Add("engine");
        return _process.Engine.RunRound(default);
    }

    Task ChangePower()
    {
        var change = (PowerChange)Random.Next(3);
        return WithLiveVm($"{change}", (session, row) => _process.Work.ChangePower(session, row, change, row.UserId, default));
    }

    Task Reinstall() => WithLiveVm("re-install", async (session, row) =>
    {
        if (row.Expires > shop.Now && (await _process.Work.Reinstall(session, row, row.ImageId, row.UserId, default)).IsOk)
            shop.Chances.Tally.Add("re-install asked for");
    });

    Task ChangeKey() => WithLiveVm("other key", async (session, row) =>
    {
        var key = KeyOf(row.UserId.Value);
        await session.SetVmSshKey(row.Id, key, default);
        await session.AppendHistory(VmHistory.ConfigurationChanged(row.Snapshot, (row with { SshKeyId = key }).Snapshot, row.UserId), shop.Now, default);
        await _process.Work.Configure(session, row.Id, row.UserId, default);
    });

    async Task Remove()
    {
        if (Pick(_vms) is not { } vm)
            return;
        _story.Add($"remove {vm}");
        await _process.Removal.Ask(vm, default);
    }

    async Task WithLiveVm(string what, Func<Lnvps.Database.Sessions.Session, VmRow, Task> change)
    {
        if (Pick(_vms) is not { } vm)
            return;
        _story.Add($"{what} of {vm}");
        await _process.Shop.Db.Write(async session =>
        {
            if (await session.LockVm(vm, default) is { Deleted: false } row)
                await change(session, row);
        }, default);
    }

    Task PullPlug()
    {
        var domains = shop.World.Inventory().Where(thing => thing.Kind == "domain").Select(thing => thing.Name).ToHashSet(StringComparer.Ordinal);
        if (Pick([.. _vms.Where(vm => domains.Contains(MachineIdentity.NameOf(vm)))]) is { } vm)
        {
            _story.Add($"plug of {vm}");
            shop.World.PullPlug(Host, vm);
        }
        return Task.CompletedTask;
    }

    Task ToggleHost()
    {
        _reachable = !_reachable;
        _story.Add(_reachable ? "host back" : "host away");
        shop.World.SetReachable(Host, _reachable);
        return Task.CompletedTask;
    }

    async Task Restart(string why)
    {
        _story.Add(why);
        await _process.DisposeAsync();
        _process = await shop.StartProcess();
    }

    /// <summary>The trouble is over; whatever is still to be done is done.</summary>
    async Task Heal()
    {
        shop.Chances.IsCalm = true;
        shop.World.SetReachable(Host, true);
        await Restart("healed");
        await ResumeParked();
        var quiet = 0;
        for (var round = 0; ; round++)
        {
            if (round > 100)
                throw new InvalidDataException($"The shop does not come to rest: {await LastTroubles()}");
            await Stream();
            var swept = await Sweep();
            await DeliverAll();
            var done = await DrainEngine() + swept;
            done += await WorkerRound() ? 1 : 0;
            done += await DrainEngine();
            var now = shop.Time.Moment();
            var next = await shop.Db.Read(session => session.NextDueWorkflow(now, default), default);
            quiet = done == 0 && next is null ? quiet + 1 : 0;
            if (quiet == 2)
                return;
            // To the next attempt, else longer than any pause of the worker after a failure.
            shop.Time.Advance(next is null ? TimeSpan.FromMinutes(61) : next.Value.Since(now) > LeastPause ? next.Value.Since(now) : LeastPause);
        }
    }

    /// <summary>What an operator does about re-installations and upgrades that a host refused for good half way, and refunds that could not be recorded.</summary>
    async Task ResumeParked()
    {
        foreach (var parked in await shop.Db.Read(session => session.ListParkedWorkflows(100, default), default))
        {
            if (parked.Kind is not (ReinstallVm.Kind or UpgradeVm.Kind or RefundVm.Kind) || parked.Kind != RefundVm.Kind && await shop.Db.Read(session => session.FindVm(new VmId(parked.Subject.Id), default), default) is not { Deleted: false })
                continue;
            _story.Add($"resume {parked.Kind} of {parked.Subject}");
            await _process.Shop.Db.Write(session => _process.Workflows.Restart(session, parked.Id, default), default);
        }
    }

    Task<string> LastTroubles() => shop.Db.Read(async session => string.Join(", ", (await session.List<string>("""
        SELECT kind || ' of ' || subject_id || ': ' || COALESCE(error_detail, 'well') FROM workflow ORDER BY id DESC LIMIT 5
        """)).Distinct()), default);

    /// <summary>One of the newest, mostly.</summary>
    T? Pick<T>(List<T> from) where T : struct => from.Count == 0 ? null : from[^Random.Next(1, 1 + Random.Next(4) == 0 ? from.Count : Math.Min(from.Count, 4))];
}
