using Lnvps.Core.Identity;
using Lnvps.Core.Outcomes;
using Lnvps.Hosting.Hosts;
using Lnvps.Hosting.LibVirt.Native;

namespace Lnvps.Hosting.LibVirt;

public sealed partial class LibVirtHost
{
    /// <summary>
    /// See <see cref="IVmHost.OpenConsole"/>. The host has one console per machine: while another stream or program holds it, this is refused (fatal).
    /// </summary>
    public Task<Stream> OpenConsole(VmId vm, CancellationToken stop) => _connection.Run<Stream>($"Opening the console of {Machine.NameOf(vm)}", connection =>
    {
        using var domain = Required(connection, vm);
        if (IsOff(domain))
            throw OutsideFault.Fatal($"{Machine.NameOf(vm)} is not running; it has no console");
        var port = ByteStream.New(connection, blocking: false);
        try
        {
            domain.OpenConsole(port);
            return new ConsoleStream(connection, port);
        }
        catch (LibVirtException held) when (held.Code == VirCode.OperationFailed)
        {
            port.Dispose();
            throw OutsideFault.Fatal($"The console of {Machine.NameOf(vm)} is in use: {held.Message}", held);
        }
        catch
        {
            port.Dispose();
            throw;
        }
    }, stop);
}
