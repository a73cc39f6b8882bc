using Lnvps.Core.Catalogue;
using Lnvps.Core.Identity;
using Lnvps.Core.Network;
using Lnvps.Core.Payments;
using Lnvps.Core.Randomness;
using Lnvps.Core.Sizes;
using Lnvps.Core.Time;
using Lnvps.Core.Workflows;
using Lnvps.Database.Addresses;
using Lnvps.Database.Notifications;
using Lnvps.Database.Sessions;
using Lnvps.Database.Users;
using Lnvps.Database.Vms;
using Lnvps.Hosting.Simulated;
using Lnvps.Platform.Addresses;
using Lnvps.Platform.Hosts;
using Lnvps.Platform.Orders;
using Lnvps.Platform.Payments.Providers;
using Lnvps.Platform.Vms;
using Lnvps.Platform.Workflows;
using Lnvps.Testing.Databases;
using Lnvps.Testing.Workflows;
using Microsoft.Extensions.Time.Testing;

namespace Lnvps.Testing.Vms;

/// <summary>
/// A small shop: one region with simulated hosts, one IPv4 and one SLAAC IPv6 range, an image or two, a template, a customer with a key. Time stands still until
/// it is moved; the world of the hosts outlives the processes that work on it.
/// </summary>
public sealed class VmShop : IAsyncDisposable
{
    public const string FirstHost = "host-1";

    readonly TestDatabase _database;

    VmShop(TestDatabase database, ulong seed)
    {
        _database = database;
        World = new SimulatedWorld(Time, new SeededRandomness(seed));
        Rig = new WorkflowRig(database.Db, Time);
        Bench = BenchOn(database.Db);
        Workflows = new VmWorkflows(Bench);
    }

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 2, 19, 10, 0, 0, TimeSpan.Zero));

    public Db Db => _database.Db;

    public SimulatedWorld World { get; }

    public WorkflowRig Rig { get; }

    public Workbench Bench { get; }

    public VmWorkflows Workflows { get; }

    public RegionId Region { get; private set; }

    public IReadOnlyList<HostId> Hosts { get; private set; } = [];

    public IReadOnlyList<DiskId> Disks { get; private set; } = [];

    public RangeId Ipv4 { get; private set; }

    public ImageId Image { get; private set; }

    public ImageId OtherImage { get; private set; }

    public TemplateId Template { get; private set; }

    /// <summary>Prices of self-chosen sizes.</summary>
    public CustomPricingId Pricing { get; private set; }

    public UserId Customer { get; private set; }

    public SshKeyId Key { get; private set; }

    public Instant Now => Instant.From(Time.GetUtcNow());

    /// <param name="hosts">How many hosts the region has, named <c>host-1</c>, <c>host-2</c> …</param>
    /// <param name="hostCpu">Cores of each host; a VM takes one.</param>
    public static async Task<VmShop> Open(DatabaseKind kind, int hosts = 1, ushort hostCpu = 64, string ipv4 = "10.7.0.0/24", string gateway = "10.7.0.1/24", ulong seed = 1)
    {
        var shop = new VmShop(await TestDatabases.Create(kind), seed);
        await shop.Db.Write(session => shop.Seed(session, hosts, hostCpu, ipv4, gateway), default);
        return shop;
    }

    /// <summary>What a process of its own works with: its own caches over the same database and world.</summary>
    public Workbench BenchOn(Db db)
    {
        HostMaker make = row => World.Host(row.Name);
        return new Workbench(
            db,
            new HostRegistry(new Dictionary<HostKind, HostMaker> { [HostKind.LibVirt] = make }),
            new RoomKeeper(),
            new AddressPools(new SeededRandomness(7), Time),
            new StateCache(Time),
            new RealClock(Time),
            Time,
            Rig.Store,
            new PaymentProviders([]));
    }

    /// <summary>A VM of the customer; paid for 30 days from an hour ago on, or never.</summary>
    public Task<VmId> NewVm(bool paid = true) => Db.Write(session => NewVm(session, paid), default);

    /// <inheritdoc cref="NewVm(bool)"/>
    public Task<VmId> NewVm(Session session, bool paid) => session.InsertVm(new VmRow
    {
        HostId = Hosts[0],
        UserId = Customer,
        ImageId = Image,
        TemplateId = Template,
        SshKeyId = Key,
        Created = Now.PlusSeconds(-3600),
        Expires = Now.PlusSeconds(paid ? 30 * 86_400 : -3600),
        DiskId = Disks[0],
        MacAddress = MacAddress.Unassigned,
    }, default);

    /// <summary>A VM that was made and runs.</summary>
    public async Task<VmId> NewRunningVm()
    {
        var vm = await NewVm();
        await Run(Workflows.Create, vm, new CreateVmInput());
        return vm;
    }

    /// <summary>Asks for a workflow and runs it (and whatever else is open) to its end.</summary>
    public async Task<WorkflowId> Run<TInput>(Platform.Workflows.Engine.Workflow<TInput> workflow, VmId vm, TInput input) where TInput : notnull
    {
        var id = await Rig.Ask(workflow, Subject.Of(vm), input);
        await RunToEnd();
        return id;
    }

    /// <summary>Sells a VM in a larger size, as a paid upgrade does, and answers what the machine is to be told; null when nothing grows.</summary>
    public async Task<UpgradeVmInput?> SellLarger(VmId vm, UpgradeWish wish, string payment = "p1")
    {
        var (outcome, growth) = await Db.Write(async session =>
            await SoldSize.Raise(session, await session.LockVm(vm, default) ?? throw new InvalidOperationException($"No VM {vm}"), wish, Now, default), default);
        return outcome == SizeRaise.Raised ? new UpgradeVmInput(payment, growth.Cpu, growth.Memory?.Value, growth.Disk?.Value) : null;
    }

    /// <summary>Sells it in a larger size and has the machine grow.</summary>
    public async Task<WorkflowId> Upgrade(VmId vm, UpgradeWish wish, string payment = "p1") =>
        await Run(Workflows.Upgrade, vm, await SellLarger(vm, wish, payment) ?? throw new InvalidOperationException("Nothing grows"));

    public async Task RunToEnd()
    {
        await using var engine = Rig.Engine(Workflows.All);
        await Rig.RunToEnd(engine);
    }

    public async Task SetExpires(VmId vm, Instant expires) => await Db.Write(session => session.SetVmExpires(vm, expires, default), default);

    public async Task<VmRow> Row(VmId vm) => await Db.Read(session => session.FindVm(vm, default), default) ?? throw new InvalidOperationException($"No VM {vm}");

    /// <summary>The size the shop owes: cores, memory, disk.</summary>
    public async Task<(ushort Cpu, Bytes Memory, Bytes Disk)> SizeOf(VmId vm) =>
        await Db.Read(session => session.FindVmDetails(vm, default), default) is { } details ? (details.Cpu, details.Memory, details.DiskSize) : throw new InvalidOperationException($"No VM {vm}");

    public Task<VmProgressRow> Progress(VmId vm) => Db.Read(session => session.GetVmProgress(vm, default), default);

    public Task<List<AssignmentRow>> Live(VmId vm) => Db.Read(session => session.ListAssignments(vm, default), default);

    public Task<List<VmHistoryRow>> History(VmId vm) => Db.Read(session => session.ListHistory(vm, null, 0, default), default);

    /// <summary>Messages to the customer (true) or the operators (false).</summary>
    public Task<List<NotificationRow>> Messages(bool toCustomer) => Db.Read(session => session.ListNotifications(toCustomer ? Customer : null, default), default);

    /// <summary>Objects of one VM on any host, without its id: <c>host-1/disk</c>.</summary>
    public IReadOnlyList<string> Objects(VmId vm) =>
        [.. World.Inventory().Where(o => o.Name == MachineIdentity.NameOf(vm) || o.Name.StartsWith($"vm-{vm}-", StringComparison.Ordinal) || o.Name == $"lnvps-vm-{vm}")
            .Select(o => $"{o.Host}/{o.Kind}")];

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    async Task Seed(Session session, int hosts, ushort hostCpu, string ipv4, string gateway)
    {
        var now = Now;
        var company = await session.Insert("INSERT INTO company (name, email, base_currency) VALUES ('Test', '', 'EUR')");
        Region = new RegionId(await session.Insert("INSERT INTO vm_host_region (name, enabled, company_id) VALUES ('Test', 1, @company)", new { company }));
        var (hostIds, diskIds) = (new List<HostId>(), new List<DiskId>());
        for (var i = 1; i <= hosts; i++)
        {
            var host = await session.Insert("""
                INSERT INTO vm_host (kind, region_id, name, ip, cpu, memory, enabled, api_token) VALUES (@kind, @region, @name, 'test:///', @hostCpu, @memory, 1, '')
                """, new { kind = HostKind.LibVirt, region = Region, name = $"host-{i}", hostCpu, memory = Bytes.FromGib(256) });
            hostIds.Add(new HostId(host));
            diskIds.Add(new DiskId(await session.Insert("INSERT INTO vm_host_disk (host_id, name, size, kind, interface, enabled) VALUES (@host, 'default', @size, @kind, @port, 1)",
                new { host, size = Bytes.FromGib(4096), kind = DiskKind.Ssd, port = DiskInterface.Pcie })));
        }
        (Hosts, Disks) = (hostIds, diskIds);
        Image = await SeedImage(session, "12", now);
        OtherImage = await SeedImage(session, "13", now);
        var plan = await session.Insert("INSERT INTO vm_cost_plan (name, amount, currency, interval_amount, interval_type) VALUES ('Month', 500, 'EUR', 1, 1)");
        Template = new TemplateId(await session.Insert("""
            INSERT INTO vm_template (name, enabled, cpu, memory, disk_size, disk_type, disk_interface, cost_plan_id, region_id)
            VALUES ('Small', 1, 1, @memory, @disk, @kind, @port, @plan, @region)
            """, new { memory = Bytes.FromGib(1), disk = Bytes.FromGib(10), kind = DiskKind.Ssd, port = DiskInterface.Pcie, plan, region = Region }));
        Pricing = new CustomPricingId(await session.Insert("""
            INSERT INTO vm_custom_pricing (name, enabled, created, region_id, currency, cpu_cost, memory_cost, ip4_cost, ip6_cost, min_cpu, max_cpu, min_memory, max_memory)
            VALUES ('Custom', 1, @now, @region, 'EUR', 150, 50, 50, 5, 1, 32, @least, @most)
            """, new { now, region = Region, least = Bytes.FromGib(1), most = Bytes.FromGib(64) }));
        await session.Execute("""
            INSERT INTO vm_custom_pricing_disk (pricing_id, kind, interface, cost, min_disk_size, max_disk_size) VALUES (@pricing, @kind, @port, 5, @least, @most)
            """, new { pricing = Pricing, kind = DiskKind.Ssd, port = DiskInterface.Pcie, least = Bytes.FromGib(5), most = Bytes.FromGib(1024) });
        Ipv4 = await SeedRange(session, ipv4, gateway, IpAllocationMode.Sequential);
        await SeedRange(session, "fd00:7::/64", "fd00:7::1", IpAllocationMode.SlaacEui64);
        Customer = await session.FindOrCreateUser(new PublicKey(new Bytes32(Convert.FromHexString("63fe6318dc58583cfe16810f86dd09e18bfd76aabc24a0081ce2856f330504ed"))), now, default);
        Key = await session.AddSshKey(Customer, "test", session.Db.Cipher.Seal("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBjoQx2Yxsq7sQ test"), now, default);
    }

    public async Task<RangeId> SeedRange(Session session, string cidr, string gateway, IpAllocationMode mode) => new(await session.Insert("""
        INSERT INTO ip_range (cidr, enabled, region_id, gateway, allocation_mode, use_full_range) VALUES (@cidr, 1, @region, @gateway, @mode, 0)
        """, new { cidr, region = Region, gateway, mode }));

    static async Task<ImageId> SeedImage(Session session, string version, Instant now) => new(await session.Insert("""
        INSERT INTO vm_os_image (distribution, flavour, version, enabled, release_date, url) VALUES (@distribution, 'Server', @version, 1, @now, @url)
        """, new { distribution = OsDistribution.Debian, version, now, url = $"http://127.0.0.1/debian-{version}.qcow2" }));
}
