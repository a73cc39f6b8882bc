using Lnvps.Testing.Servers;

namespace Lnvps.EndToEnd.Tests;

/// <summary>
/// A LibVirt of the tests' own with real QEMU, reachable from this process, and the small guest image. Its network is another than that of ./run, which may be
/// up meanwhile.
/// </summary>
public sealed class RealHost : IAsyncLifetime
{
    /// <summary>In the guests' network; never given to one by these tests.</summary>
    public const string UnusedAddress = "10.66.0.200";

    LibVirtServer? _server;

    public string Uri => _server!.Uri;

    public string Bridge => _server!.Bridge;

    public string Image { get; private set; } = "";

    /// <summary>A folder that QEMU can read and that goes with the daemon.</summary>
    public string NewFolder() => Directory.CreateDirectory(Path.Combine(_server!.Folder, $"shop-{Path.GetRandomFileName()}")).FullName;

    /// <summary>Arguments for <see cref="ShopProcess"/>.</summary>
    public string[] Arguments => ["--libvirt", Uri, "--bridge", Bridge, "--image", Image];

    /// <summary>Names of what exists on the host, of one kind: <c>list --all --name</c>, <c>nwfilter-list</c>, <c>vol-list POOL</c>.</summary>
    public async Task<string> Virsh(params string[] command) => await Shell.Run("virsh", ["-q", "-c", Uri, .. command]);

    /// <summary>Names of all volumes in all pools, one a line.</summary>
    public async Task<string> Volumes()
    {
        var lines = new List<string>();
        foreach (var pool in (await Virsh("pool-list", "--name")).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            lines.Add(await Virsh("vol-list", pool));
        return string.Join('\n', lines);
    }

    public async Task InitializeAsync()
    {
        Image = (await Shell.Run(Path.Combine(ShopProcess.Root, "guest", "build-small"))).Trim().Split('\n')[^1];
        _server = await LibVirtServer.Start(ownNetwork: false);
    }

    public async Task DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
    }
}

/// <summary>One after the other: they use the same bridge. Each class has a host of its own, since every shop numbers its machines from 1.</summary>
[CollectionDefinition(Name)]
public sealed class RealHostTests
{
    public const string Name = "real host";
}
