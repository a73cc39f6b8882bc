using System.ComponentModel;
using System.Diagnostics;

namespace Lnvps.Hosting.LibVirt;

/// <summary>
/// Finds out whether guests really run under KVM on this machine. A device file proves nothing: on some machines it opens and every guest hangs.
/// So a tiny guest is booted, and only its greeting counts.
/// </summary>
public static class KvmProbe
{
    static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    /// <summary>True when the guest greeted in time; false for every other outcome, a missing QEMU included.</summary>
    public static Task<bool> Works(TimeProvider time, CancellationToken stop) => Boots("kvm", Limit, time, stop);

    /// <param name="accelerator">QEMU's name of it: <c>kvm</c> or <c>tcg</c>.</param>
    internal static async Task<bool> Boots(string accelerator, TimeSpan limit, TimeProvider time, CancellationToken stop)
    {
        if (accelerator == "kvm" && !File.Exists("/dev/kvm"))
            return false;
        var disk = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        using var watch = new CancellationTokenSource(limit, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(watch.Token, stop);
        try
        {
            await File.WriteAllBytesAsync(disk, BootSector.Disk(), stop);
            return await Greets(accelerator, disk, both.Token);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return false;
        }
        catch (Win32Exception)
        {
            return false; // QEMU is not installed.
        }
        finally
        {
            File.Delete(disk);
        }
    }

    static async Task<bool> Greets(string accelerator, string disk, CancellationToken stop)
    {
        using var qemu = Process.Start(new ProcessStartInfo("qemu-system-x86_64",
        [
            "-accel", accelerator, "-cpu", accelerator == "kvm" ? "host" : "max", "-m", "32", "-nodefaults", "-display", "none",
            "-serial", "stdio", "-drive", $"file={disk},format=raw,if=virtio,readonly=on",
        ])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        try
        {
            qemu.BeginErrorReadLine();
            var seen = "";
            var buffer = new char[256];
            while (await qemu.StandardOutput.ReadAsync(buffer, stop) is > 0 and var read)
            {
                seen += new string(buffer, 0, read);
                if (seen.Contains(BootSector.Greeting, StringComparison.Ordinal))
                    return true;
            }
            return false;
        }
        finally
        {
            if (!qemu.HasExited)
                qemu.Kill();
            await qemu.WaitForExitAsync(CancellationToken.None);
        }
    }
}
