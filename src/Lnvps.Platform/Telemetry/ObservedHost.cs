using System.Runtime.CompilerServices;
using Lnvps.Core.Identity;
using Lnvps.Core.Network;
using Lnvps.Core.Sizes;
using Lnvps.Hosting.Hosts;
using Lnvps.Hosting.Images;

namespace Lnvps.Platform.Telemetry;

/// <summary>A host whose calls are timed and traced; otherwise it is the host itself.</summary>
sealed class ObservedHost(IVmHost host, string name, ShopMetrics metrics, TimeProvider time) : IVmHost
{
    public Task<HostInfo> GetInfo(CancellationToken stop) => Observe(null, () => host.GetInfo(stop));

    public Task EnsureImage(OsImage image, IProgress<ImageProgress>? progress, CancellationToken stop) => Observe(null, () => host.EnsureImage(image, progress, stop));

    public MacAddress GenerateMac() => host.GenerateMac();

    public Task ImportDisk(Machine machine, CancellationToken stop) => Observe(machine.Vm, () => host.ImportDisk(machine, stop));

    public Task DeleteDisk(VmId vm, CancellationToken stop) => Observe(vm, () => host.DeleteDisk(vm, stop));

    public Task Define(Machine machine, CancellationToken stop) => Observe(machine.Vm, () => host.Define(machine, stop));

    public Task PatchFirewall(NetworkCard card, CancellationToken stop) => Observe(card.Vm, () => host.PatchFirewall(card, stop));

    public Task Start(VmId vm, CancellationToken stop) => Observe(vm, () => host.Start(vm, stop));

    public Task Stop(VmId vm, CancellationToken stop) => Observe(vm, () => host.Stop(vm, stop));

    public Task Reset(VmId vm, CancellationToken stop) => Observe(vm, () => host.Reset(vm, stop));

    public Task Delete(VmId vm, CancellationToken stop) => Observe(vm, () => host.Delete(vm, stop));

    public Task ResizeDisk(VmId vm, Bytes size, CancellationToken stop) => Observe(vm, () => host.ResizeDisk(vm, size, stop));

    public Task<MachineState?> GetState(VmId vm, CancellationToken stop) => Observe(vm, () => host.GetState(vm, stop));

    public Task<IReadOnlyDictionary<VmId, MachineState>> GetAllStates(CancellationToken stop) => Observe(null, () => host.GetAllStates(stop));

    public Task<Stream> OpenConsole(VmId vm, CancellationToken stop) => Observe(vm, () => host.OpenConsole(vm, stop));

    async Task Observe(VmId? vm, Func<Task> call, [CallerMemberName] string operation = "") => await Observe(vm, async () =>
    {
        await call();
        return true;
    }, operation);

    async Task<T> Observe<T>(VmId? vm, Func<Task<T>> call, [CallerMemberName] string operation = "")
    {
        var began = time.GetTimestamp();
        using var span = Tracing.HostCall(name, operation, vm?.Value);
        try
        {
            var answer = await call();
            metrics.HostAnswered(name, operation, null, time.GetElapsedTime(began));
            return answer;
        }
        catch (Exception error)
        {
            span.Fail(error);
            metrics.HostAnswered(name, operation, error, time.GetElapsedTime(began));
            throw;
        }
    }
}
