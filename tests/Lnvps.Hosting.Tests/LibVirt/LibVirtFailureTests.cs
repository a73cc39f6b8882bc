using System.Security.Cryptography;
using Lnvps.Core.Identity;
using Lnvps.Core.Outcomes;
using Lnvps.Hosting.Hosts;
using Lnvps.Hosting.Http;
using Lnvps.Hosting.Images;
using Lnvps.Hosting.LibVirt;

namespace Lnvps.Hosting.Tests.LibVirt;

/// <summary>A daemon that dies, and one that is not there.</summary>
[Trait("Speed", "slow"), Trait("Needs", "libvirt")]
public sealed class LibVirtFailureTests
{
    [Fact]
    public async Task A_restarted_daemon_is_found_again_with_its_machines()
    {
        await using var f = await HostFixture.Start(ownServer: true);
        var machine = await f.Running();
        var console = await f.Host.OpenConsole(machine.Vm, default);

        await f.Server.Kill();
        var fault = await Assert.ThrowsAsync<OutsideFault>(() => f.Host.GetAllStates(default));
        Assert.True(fault.IsTransient);
        Assert.True((await Assert.ThrowsAsync<OutsideFault>(() => f.Host.GetState(machine.Vm, default))).IsTransient); // Not "it does not exist".
        Assert.True((await Assert.ThrowsAsync<OutsideFault>(() => f.Host.Delete(machine.Vm, default))).IsTransient);

        // The console has ended; nothing hangs.
        var buffer = new byte[1024];
        using var watch = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (await console.ReadAsync(buffer, watch.Token) > 0)
        {
        }
        await console.DisposeAsync();

        await f.Server.Restart();
        Assert.Equal(MachinePower.Running, (await f.Host.GetAllStates(default))[machine.Vm].Power);
        await f.Host.Delete(machine.Vm, default);
        Assert.Null(await f.Host.GetState(machine.Vm, default));
    }

    [Fact]
    public async Task A_daemon_that_is_not_there_is_a_transient_failure()
    {
        using var http = OutgoingHttp.ForDownloads();
        using var random = RandomNumberGenerator.Create();
        using var host = new LibVirtHost("qemu:///system?socket=/nonexistent/socket", HostFixture.Options with { Bridge = "br0" },
            new ImageCache(ImageCache.DefaultFolder, http, TimeProvider.System), TimeProvider.System, random);
        var fault = await Assert.ThrowsAsync<OutsideFault>(() => host.GetInfo(default));
        Assert.True(fault.IsTransient);
        Assert.Contains("qemu:///system", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_broken_off_upload_is_noticed_and_done_again()
    {
        await using var f = await HostFixture.Start();
        await f.Host.EnsureImage(f.Image, null, default);
        var volume = Path.Combine(f.PoolFolder, "os-image-1.raw");
        // What a killed process leaves: the image without its origin, cut short.
        File.Delete(Path.Combine(f.PoolFolder, "os-image-1.origin"));
        await File.WriteAllBytesAsync(volume, new byte[4096]);
        await f.Server.Virsh("pool-refresh", f.Pool);
        await f.Host.EnsureImage(f.Image, null, default);
        Assert.Equal(await File.ReadAllBytesAsync(f.ImagePath), await File.ReadAllBytesAsync(volume));
    }

    [Fact]
    public async Task A_changed_image_replaces_the_old_one()
    {
        await using var f = await HostFixture.Start();
        await f.Host.EnsureImage(f.Image, null, default);
        var newer = Path.Combine(f.Server.Folder, f.Pool + "-newer.qcow2");
        Programs.Output("qemu-img", "convert", "-f", "raw", "-O", "qcow2", f.ImagePath, newer);
        var image = f.Image with { Url = new Uri(newer), Checksum = Sha2.Of(SHA256.HashData(await File.ReadAllBytesAsync(newer))) };
        await f.Host.EnsureImage(image, null, default);
        Assert.Equal(["os-image-1.origin", "os-image-1.qcow2"], Directory.GetFiles(f.PoolFolder).Select(p => Path.GetFileName(p)!).Order(StringComparer.Ordinal));

        var machine = f.NewMachine() with { Image = image };
        await f.Host.ImportDisk(machine, default);
        await f.Host.Define(machine, default);
        await f.Host.Start(machine.Vm, default);
        await using var console = await f.Host.OpenConsole(machine.Vm, default);
        await console.WriteAsync("qcow2"u8.ToArray());
        using var watch = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        Assert.NotEqual(0, await console.ReadAsync(new byte[64], watch.Token));
    }

    [Fact]
    public async Task A_wrong_checksum_leaves_no_volume()
    {
        await using var f = await HostFixture.Start();
        var fault = await Assert.ThrowsAsync<OutsideFault>(() => f.Host.EnsureImage(f.Image with { Checksum = Sha2.Of(new byte[32]) }, null, default));
        Assert.False(fault.IsTransient);
        Assert.Empty(Directory.GetFiles(f.PoolFolder));
    }

    [Fact]
    public async Task Ten_imports_at_once_share_one_upload()
    {
        await using var f = await HostFixture.Start();
        var machines = Enumerable.Range(0, 10).Select(_ => f.NewMachine()).ToArray();
        await Task.WhenAll(machines.Select(m => f.Host.ImportDisk(m, default)));
        Assert.All(machines, m => Assert.True(File.Exists(Path.Combine(f.PoolFolder, Names.Disk(m.Vm)))));
        await Task.WhenAll(machines.Select(m => f.Host.Delete(m.Vm, default)));
        Assert.Equal(["os-image-1.origin", "os-image-1.raw"], Directory.GetFiles(f.PoolFolder).Select(p => Path.GetFileName(p)!).Order(StringComparer.Ordinal));
    }
}
