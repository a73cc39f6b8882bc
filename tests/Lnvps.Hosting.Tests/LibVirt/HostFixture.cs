using System.Security.Cryptography;
using Lnvps.Core.Identity;
using Lnvps.Core.Sizes;
using Lnvps.Hosting.Hosts;
using Lnvps.Hosting.Http;
using Lnvps.Hosting.Images;
using Lnvps.Hosting.LibVirt;
using Lnvps.Testing.Servers;

namespace Lnvps.Hosting.Tests.LibVirt;

/// <summary>A host over the tests' own daemon, with a pool and an image that boots to an echo in no time.</summary>
sealed class HostFixture : IAsyncDisposable
{
    static uint _lastVm = 100;

    readonly HttpClient _http = OutgoingHttp.ForDownloads();
    readonly bool _ownServer;
    readonly System.Collections.Concurrent.ConcurrentBag<VmId> _made = [];

    HostFixture(LibVirtServer server, string pool, bool ownServer, LibVirtOptions options)
    {
        (Server, Pool, _ownServer) = (server, pool, ownServer);
        PoolFolder = Path.Combine(server.Folder, pool);
        Host = new LibVirtHost(server.Uri, options with { ImagePool = pool, Bridge = server.Bridge },
            new ImageCache(Path.Combine(server.Folder, "cache-" + pool), _http, TimeProvider.System), TimeProvider.System, RandomNumberGenerator.Create());
        ImagePath = Path.Combine(server.Folder, pool + ".img");
        File.WriteAllBytes(ImagePath, BootSector.Disk());
        Image = new OsImage(new ImageId(1), new Uri(ImagePath), Sha2.Of(SHA256.HashData(File.ReadAllBytes(ImagePath))), "debian");
    }

    public static readonly LibVirtOptions Options = new()
    {
        Bridge = "set by the fixture",
        Kvm = false,
        Firmware = Firmware.Bios,
        ShutdownTimeoutSecs = 1,
    };

    public LibVirtServer Server { get; }
    public LibVirtHost Host { get; }
    public string Pool { get; }
    public string PoolFolder { get; }
    public string ImagePath { get; }
    public OsImage Image { get; }

    /// <summary>Each caller gets a pool of its own on the shared daemon, or a daemon of its own.</summary>
    public static async Task<HostFixture> Start(bool ownServer = false, LibVirtOptions? options = null)
    {
        var server = ownServer ? await LibVirtServer.Start() : await LibVirtServer.Shared;
        var fixture = new HostFixture(server, "pool" + Path.GetRandomFileName().Replace(".", "", StringComparison.Ordinal), ownServer, options ?? Options);
        await fixture.Host.EnsureFolderPool(fixture.Pool, fixture.PoolFolder, default);
        return fixture;
    }

    /// <summary>A machine whose id no other test uses.</summary>
    public Machine NewMachine()
    {
        var machine = Machines.Some(Interlocked.Increment(ref _lastVm), Pool) with { Image = Image, DiskSize = Bytes.FromMib(4), Memory = Bytes.FromMib(64) };
        _made.Add(machine.Vm);
        return machine;
    }

    /// <summary>The machine, imported, defined and running.</summary>
    public async Task<Machine> Running()
    {
        var machine = NewMachine();
        await Host.ImportDisk(machine, default);
        await Host.Define(machine, default);
        await Host.Start(machine.Vm, default);
        return machine;
    }

    public async ValueTask DisposeAsync()
    {
        if (_ownServer)
            await Server.DisposeAsync();
        else
            await Task.WhenAll(_made.Select(vm => Host.Delete(vm, default)));
        Host.Dispose();
        _http.Dispose();
    }
}
