using Lnvps.Hosting.LibVirt;

namespace Lnvps.Api.Development;

/// <summary>
/// What the probe boot under KVM found, kept in the data folder until the machine is booted anew: where guests hang, the probe takes seconds, and each start
/// would wait for it.
/// </summary>
static class KvmMemory
{
    const string BootId = "/proc/sys/kernel/random/boot_id";

    /// <param name="folder">Data folder; keeps the answer in <c>kvm-probe</c>. Removing the file asks again.</param>
    /// <param name="probe">Boots a guest; see <see cref="KvmProbe.Works"/>.</param>
    public static async Task<bool> Works(string folder, Func<Task<bool>> probe, CancellationToken stop)
    {
        var file = Path.Combine(folder, "kvm-probe");
        var boot = File.Exists(BootId) ? (await File.ReadAllTextAsync(BootId, stop)).Trim() : "";
        if (boot.Length > 0 && File.Exists(file))
        {
            var known = (await File.ReadAllTextAsync(file, stop)).Trim();
            if (known == Answer(boot, works: true))
                return true;
            if (known == Answer(boot, works: false))
                return false;
        }
        var works = await probe();
        await File.WriteAllTextAsync(file, Answer(boot, works) + "\n", stop);
        return works;
    }

    static string Answer(string boot, bool works) => $"{boot} {(works ? "works" : "fails")}";
}
