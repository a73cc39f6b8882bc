using System.Collections.Concurrent;
using System.Globalization;
using Lnvps.Core.Identity;
using Lnvps.Core.Network;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Time;
using Lnvps.Database.Settings;
using Lnvps.Database.Vms;
using Lnvps.Database.Workflows;
using Lnvps.Hosting.Simulated;
using Lnvps.Lightning.Nodes;
using Lnvps.Platform.Orders;
using Lnvps.Platform.Vms;
using Lnvps.Testing.Invariants;

namespace Lnvps.Api.Tests.Proof;

/// <summary>
/// A shop lives through random events while host, node and database misbehave and its processes are killed; after each event its books are in order, and when
/// the trouble is over, what exists is what the database says. <c>LNVPS_SEED=17</c> plays one seed again.
/// </summary>
public class SimulationTests
{
    const int Seeds = 1000;
    const int Events = 25;

    [Fact]
    [Trait("Speed", "slow")]
    public async Task The_books_are_in_order_whatever_happens()
    {
        var wanted = Environment.GetEnvironmentVariable("LNVPS_SEED");
        var seeds = wanted is null ? Enumerable.Range(1, Seeds) : [int.Parse(wanted, CultureInfo.InvariantCulture)];
        var failures = new ConcurrentQueue<string>();
        await Parallel.ForEachAsync(seeds, new ParallelOptions { MaxDegreeOfParallelism = 2 }, async (seed, _) =>
        {
            try
            {
                await using var shop = await SimulatedShop.Open(seed);
                await new Simulation(shop).Run();
            }
            catch (Exception error)
            {
                failures.Enqueue($"LNVPS_SEED={seed}: {error}");
            }
        });
        Assert.True(failures.IsEmpty, $"{failures.Count} seeds failed. {string.Join("\n\n", failures.Take(3))}");
    }

    sealed class Simulation(SimulatedShop shop)
    {
        const string Host = "simulated";
        static readonly int[] Spans = [20, 120, 660, 3_600, 43_200, 90_000, 300_000];

        readonly List<string> _story = [];
        readonly List<VmId> _vms = [];
        readonly List<Bytes32> _shown = [];
        readonly List<Bytes32> _paid = [];
        SimulatedProcess _process = null!;
        bool _reachable = true;

        public async Task Run()
        {
            _process = await shop.StartProcess();
            try
            {
                for (var i = 0; i < Events; i++)
                {
                    await Attempt(shop.Random.Next(100));
                    await Check();
                }
                await Heal();
                await Check();
                await CompareHost();
            }
            catch (Exception error) when (error is not InvalidOperationException { InnerException: not null })
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
            catch (Exception) when (_process.IsDead)
            {
                // Killed in the middle of it.
            }
            if (_process.IsDead)
                await Restart("killed");
        }

        Task Happen(int dice) => dice switch
        {
            < 12 => Order(),
            < 27 => AskForInvoice(),
            < 40 => Pay(),
            < 48 => SettleByHand(),
            < 56 => Stream(),
            < 60 => Sweep(),
            < 70 => Wait(),
            < 80 => WorkerRound(),
            < 90 => DrainEngine(),
            < 93 => ChangePower(),
            < 95 => PullPlug(),
            < 98 => ToggleHost(),
            _ => Restart("restart"),
        };

        async Task Order()
        {
            var customer = (uint)shop.Random.Next(1, 3);
            var template = (uint)shop.Random.Next(1, 3);
            _story.Add($"order {template}");
            var ordered = await _process.Orders.Standard(new OrderRequest(new UserId(customer), new ImageId(1), new SshKeyId(customer), null), new TemplateId(template), default);
            if (ordered.IsOk)
                _vms.Add(ordered.Value);
        }

        async Task AskForInvoice()
        {
            if (Pick(_vms) is not { } vm)
                return;
            _story.Add($"invoice for {vm}");
            await _process.Shop.Rates.Refresh(default);
            var offered = await _process.Renewals.Lightning(vm, shop.Random.Next(1, 4), default);
            if (offered.IsOk)
                _shown.Add(offered.Value.Id.Bytes);
        }

        async Task Pay()
        {
            if (Pick(_shown) is not { } hash || await shop.Invoices.Find(hash, default) is not { } invoice)
                return;
            _story.Add("pay");
            if ((await shop.Node.Pay(invoice.PaymentRequest, default)).IsOk && !_paid.Contains(hash))
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
            var stored = await shop.Db.Read(session => session.FindSetting("lightning-settle-index", default), default);
            var cursor = stored is null ? 0 : ulong.Parse(stored, CultureInfo.InvariantCulture);
            foreach (var settlement in await shop.Invoices.SettledAfter(cursor, 100, default))
                await _process.Completion.Settle(new PaymentId(settlement.PaymentHash), settlement.SettleIndex, default);
        }

        Task<int> Sweep()
        {
            _story.Add("sweep");
            return _process.Settlements.Sweep(default);
        }

        Task Wait()
        {
            var seconds = Spans[shop.Random.Next(Spans.Length)];
            _story.Add($"wait {seconds} s");
            shop.Time.Advance(TimeSpan.FromSeconds(seconds));
            return Task.CompletedTask;
        }

        async Task<bool> WorkerRound()
        {
            _story.Add("worker");
            var lives = await _process.Vms.Round(default);
            if (lives.Failed > 0 && !_process.IsDead)
                throw new InvalidDataException("The worker could not check a VM");
            return (await _process.Hosts.Round(default)).Asked > 0 || lives.DidSomething;
        }

        Task<int> DrainEngine()
        {
            _story.Add("engine");
            return _process.Engine.RunRound(default);
        }

        async Task ChangePower()
        {
            if (Pick(_vms) is not { } vm)
                return;
            var change = (PowerChange)shop.Random.Next(3);
            _story.Add($"{change} {vm}");
            await _process.Shop.Db.Write(async session =>
            {
                if (await session.LockVm(vm, default) is { Deleted: false } row)
                    await _process.Work.ChangePower(session, row, change, row.UserId, default);
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
            shop.IsCalm = true;
            shop.World.Faults.Clear();
            shop.World.SetReachable(Host, true);
            await Restart("healed");
            var quiet = 0;
            for (var round = 0; quiet < 3; round++)
            {
                if (round > 100)
                    throw new InvalidDataException("The shop does not come to rest");
                await Stream();
                var swept = await Sweep();
                var done = await DrainEngine() + swept;
                done += await WorkerRound() ? 1 : 0;
                done += await DrainEngine();
                var now = shop.Time.Moment();
                var next = await shop.Db.Read(session => session.NextDueWorkflow(now, default), default);
                quiet = done == 0 && next is null ? quiet + 1 : 0;
                // Longer than any pause of the worker after a failure.
                shop.Time.Advance(next is { } due ? due.Since(now) : TimeSpan.FromMinutes(61));
            }
        }

        async Task Check()
        {
            await using var session = await shop.Db.Open(default);
            var broken = await ShopInvariants.Check(session, default);
            if (broken.Count > 0)
                throw new InvalidDataException(string.Join("; ", broken));
            if (shop.World.Clashes() is { Count: > 0 } clashes)
                throw new InvalidDataException($"Two machines use {string.Join(", ", clashes)}");
        }

        /// <summary>Exactly the machines that the database calls built exist, with all their parts, and no paid invoice was forgotten.</summary>
        async Task CompareHost()
        {
            var built = await shop.Db.Read(session => session.List<VmId>(
                "SELECT v.id FROM vm v JOIN vm_progress g ON g.vm_id = v.id WHERE v.deleted = 0 AND g.provisioned_at IS NOT NULL"), default);
            var expected = built.SelectMany(vm => new[]
            {
                $"{Host}/domain/{MachineIdentity.NameOf(vm)}", $"{Host}/disk/vm-{vm}-disk0", $"{Host}/seed/vm-{vm}-seed.iso", $"{Host}/filter/lnvps-vm-{vm}",
            }).Order(StringComparer.Ordinal).ToList();
            var found = shop.World.Inventory().Select(thing => thing.ToString()).Order(StringComparer.Ordinal).ToList();
            if (!expected.SequenceEqual(found))
                throw new InvalidDataException($"Host holds {string.Join(" ", found.Except(expected))} too much and {string.Join(" ", expected.Except(found))} too little");
            foreach (var hash in _paid)
            {
                if (await shop.Db.Read(session => session.Scalar<long>("SELECT COUNT(*) FROM vm_payment WHERE id = @id AND is_paid = 1", new { id = new PaymentId(hash) }), default) != 1)
                    throw new InvalidDataException($"Payment {hash} was forgotten");
            }
        }

        T? Pick<T>(List<T> from) where T : struct => from.Count == 0 ? null : from[shop.Random.Next(from.Count)];
    }
}
