using System.Net.Http.Json;
using System.Text.Json;
using Lnvps.Core.Identity;
using Lnvps.Core.Network;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Randomness;
using Lnvps.Core.Sizes;
using Lnvps.Hosting.Hosts;

namespace Lnvps.Hosting.Simulated;

/// <summary>
/// A simulated host that stands in another process (<c>provisioner.simulated.url</c>), so that several processes of a shop work on the same machines and one may
/// die while the host goes on. It has no serial consoles.
/// </summary>
public sealed class DistantHost(HttpClient http, Uri room, string name, IRandomSource random) : IVmHost
{
    public async Task<HostInfo> GetInfo(CancellationToken stop)
    {
        var answer = await Ask(Call(HostOperation.GetInfo), stop);
        return new HostInfo(answer.Cpu, new Bytes(answer.Memory), [.. answer.Pools.Select(pool => new StoragePool(pool.Name, new Bytes(pool.Size), new Bytes(pool.Used)))]);
    }

    public Task EnsureImage(OsImage image, IProgress<ImageProgress>? progress, CancellationToken stop) =>
        Ask(Call(HostOperation.EnsureImage) with { Image = new RoomImage(image.Id.Value, image.Url) }, stop);

    public MacAddress GenerateMac() => MacPrefix.LibVirt.Draw(random);

    public Task ImportDisk(Machine machine, CancellationToken stop) => Ask(HostOperation.ImportDisk, machine.Vm, stop, RoomMachine.Of(machine));

    public Task DeleteDisk(VmId vm, CancellationToken stop) => Ask(HostOperation.DeleteDisk, vm, stop);

    public Task Define(Machine machine, CancellationToken stop) => Ask(HostOperation.Define, machine.Vm, stop, RoomMachine.Of(machine));

    public Task PatchFirewall(NetworkCard card, CancellationToken stop) => Ask(HostOperation.PatchFirewall, card.Vm, stop, RoomMachine.Of(card));

    public Task Start(VmId vm, CancellationToken stop) => Ask(HostOperation.Start, vm, stop);

    public Task Stop(VmId vm, CancellationToken stop) => Ask(HostOperation.Stop, vm, stop);

    public Task Reset(VmId vm, CancellationToken stop) => Ask(HostOperation.Reset, vm, stop);

    public Task Delete(VmId vm, CancellationToken stop) => Ask(HostOperation.Delete, vm, stop);

    public Task ResizeDisk(VmId vm, Bytes size, CancellationToken stop) =>
        Ask(Call(HostOperation.ResizeDisk) with { Vm = vm.Value, Size = size.Value }, stop);

    public async Task<MachineState?> GetState(VmId vm, CancellationToken stop) => (await Ask(HostOperation.GetState, vm, stop)).States.SingleOrDefault()?.State;

    public async Task<IReadOnlyDictionary<VmId, MachineState>> GetAllStates(CancellationToken stop) =>
        (await Ask(Call(HostOperation.GetAllStates), stop)).States.ToDictionary(state => new VmId(state.Vm), state => state.State);

    public Task<Stream> OpenConsole(VmId vm, CancellationToken stop) => throw OutsideFault.Fatal($"{name}: a simulated host in another process has no consoles");

    RoomCall Call(HostOperation operation) => new(name, operation) { Caller = Environment.ProcessId };

    Task<RoomAnswer> Ask(HostOperation operation, VmId vm, CancellationToken stop, RoomMachine? machine = null) =>
        Ask(Call(operation) with { Vm = vm.Value, Machine = machine }, stop);

    async Task<RoomAnswer> Ask(RoomCall call, CancellationToken stop)
    {
        RoomAnswer? answer;
        try
        {
            using var response = await http.PostAsJsonAsync(room, call, RoomJson.Default.RoomCall, stop);
            response.EnsureSuccessStatusCode();
            answer = await response.Content.ReadFromJsonAsync(RoomJson.Default.RoomAnswer, stop);
        }
        catch (Exception error) when (error is HttpRequestException or IOException or JsonException or OperationCanceledException && !stop.IsCancellationRequested)
        {
            throw OutsideFault.Transient($"{name}: no connection", error);
        }
        return answer switch
        {
            null => throw OutsideFault.Transient($"{name}: no answer"),
            { Fault: { } fault } => throw new OutsideFault(answer.IsTransient, fault),
            _ => answer,
        };
    }
}
