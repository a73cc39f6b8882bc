using System.Collections.Concurrent;
using System.Text.Json;
using Lnvps.Core.Identity;
using Lnvps.Core.Network;
using Lnvps.Core.Randomness;
using Lnvps.Core.Sizes;
using Lnvps.Hosting.Hosts;

namespace Lnvps.Hosting.Simulated;

/// <summary>
/// The machines rooms that simulated hosts stand in. It outlives the programs that talk to it: tests keep one world over restarts of the program,
/// <c>./run --simulate</c> gives it a file. Thread-safe.
/// </summary>
public sealed class SimulatedWorld
{
    /// <summary>Size of every image before it is grown.</summary>
    public static readonly Bytes ImageSize = Bytes.FromGib(2);

    readonly ConcurrentDictionary<HostOperation, int> _counts = new();
    readonly Dictionary<string, HostContents> _hosts;
    readonly string? _file;
    readonly IRandomSource _random;
    long _calls;

    /// <param name="random">Source of MAC addresses.</param>
    /// <param name="file">Where the world is kept; read when it exists, written after each change. Null = memory only.</param>
    public SimulatedWorld(TimeProvider time, IRandomSource random, string? file = null)
    {
        (Time, _random, _file) = (time, random, file);
        _hosts = file is not null && File.Exists(file)
            ? JsonSerializer.Deserialize(File.ReadAllBytes(file), WorldJson.Default.DictionaryStringHostContents) ?? throw new InvalidDataException($"{file} is empty")
            : [];
    }

    public FaultPlan Faults { get; } = new();

    internal TimeProvider Time { get; }

    internal Lock Gate { get; } = new();

    /// <summary>The host of this name. The first call for a name sets it up with <paramref name="shape"/> (else <see cref="HostShape.Roomy"/>).</summary>
    public SimulatedHost Host(string name, HostShape? shape = null)
    {
        lock (Gate)
        {
            if (shape is not null && !_hosts.ContainsKey(name))
                _hosts[name] = new HostContents { Shape = shape };
            Contents(name);
            return new SimulatedHost(this, name);
        }
    }

    /// <summary>Cuts a host off the network or connects it again. Its machines run on.</summary>
    public void SetReachable(string host, bool reachable)
    {
        lock (Gate)
        {
            Contents(host).Reachable = reachable;
            Save();
        }
    }

    /// <summary>Puts a running machine on a host that this program did not make.</summary>
    public void AddForeign(string host, string name)
    {
        lock (Gate)
        {
            Contents(host).Domains[name] = new Domain(true, 1, Bytes.Gib, "52:54:00:00:00:01", null, [], Time.GetUtcNow());
            Save();
        }
    }

    /// <summary>Switches a machine off behind the program's back.</summary>
    public void PullPlug(string host, VmId vm)
    {
        lock (Gate)
        {
            var domains = Contents(host).Domains;
            domains[Machine.NameOf(vm)] = domains[Machine.NameOf(vm)] with { Started = null };
            Contents(host).EndConsoles();
            Save();
        }
    }

    /// <summary>Ends the consoles of a host while its machines run on, as a lost connection does.</summary>
    public void CutConsoles(string host)
    {
        lock (Gate)
        {
            foreach (var console in Contents(host).Consoles.Values)
                console.End();
        }
    }

    /// <summary>Everything of ours that exists on any host, in a stable order. Cached images are left out.</summary>
    public IReadOnlyList<HostObject> Inventory()
    {
        lock (Gate)
        {
            var objects = new List<HostObject>();
            foreach (var (name, host) in _hosts)
            {
                objects.AddRange(host.Domains.Where(d => !d.Value.Foreign).Select(d => new HostObject(name, "domain", d.Key)));
                objects.AddRange(host.Disks.Keys.Select(d => new HostObject(name, "disk", d)));
                objects.AddRange(host.Seeds.Keys.Select(s => new HostObject(name, "seed", s)));
                objects.AddRange(host.Filters.Keys.Select(f => new HostObject(name, "filter", f)));
            }
            return [.. objects.OrderBy(o => o.ToString(), StringComparer.Ordinal)];
        }
    }

    /// <summary>Addresses and MACs that more than one running machine uses; empty in a world in order.</summary>
    public IReadOnlyList<string> Clashes()
    {
        lock (Gate)
        {
            var running = _hosts.Values.SelectMany(h => h.Domains.Values).Where(d => d.Started is not null && !d.Foreign).ToList();
            return [.. running.SelectMany(d => d.Addresses.Append(d.Mac)).GroupBy(x => x).Where(g => g.Count() > 1).Select(g => g.Key)];
        }
    }

    /// <summary>Addresses that the filter of a machine lets through; null when there is no filter.</summary>
    public IReadOnlyList<string>? AllowedAddresses(string host, VmId vm)
    {
        lock (Gate)
            return Contents(host).Filters.GetValueOrDefault(SimulatedHost.FilterName(vm));
    }

    /// <summary>The image a machine's disk was made from and its size; null when it has none, or only half of one.</summary>
    public (ImageId Image, Bytes Size)? DiskOf(string host, VmId vm)
    {
        lock (Gate)
            return Contents(host).Disks.GetValueOrDefault(SimulatedHost.DiskName(vm)) is { Complete: true } disk ? (new ImageId(disk.Image), new Bytes(disk.Size)) : null;
    }

    /// <summary>Cores and memory of a machine as it is defined; null when it is not.</summary>
    public (ushort Cpu, Bytes Memory)? SizeOf(string host, VmId vm)
    {
        lock (Gate)
            return Contents(host).Domains.GetValueOrDefault(Machine.NameOf(vm)) is { } domain ? (domain.Cpu, new Bytes(domain.Memory)) : null;
    }

    /// <summary>How often an operation was asked for, failed calls included.</summary>
    public int Calls(HostOperation operation) => _counts.GetValueOrDefault(operation);

    internal HostCall Count(string host, HostOperation operation, VmId? vm)
    {
        _counts.AddOrUpdate(operation, 1, (_, n) => n + 1);
        return new HostCall(host, operation, vm, Interlocked.Increment(ref _calls));
    }

    /// <summary>Contents of a host, which is set up when it is new; the caller holds <see cref="Gate"/>.</summary>
    internal HostContents Contents(string host)
    {
        if (!_hosts.TryGetValue(host, out var contents))
        {
            contents = _hosts[host] = new HostContents();
            Save();
        }
        return contents;
    }

    internal MacAddress DrawMac()
    {
        lock (Gate)
            return MacPrefix.LibVirt.Draw(_random);
    }

    /// <summary>Writes the file; the caller holds <see cref="Gate"/>.</summary>
    internal void Save()
    {
        if (_file is null)
            return;
        var part = _file + ".part";
        File.WriteAllBytes(part, JsonSerializer.SerializeToUtf8Bytes(_hosts, WorldJson.Default.DictionaryStringHostContents));
        File.Move(part, _file, overwrite: true);
    }
}
