using Lnvps.Firewall.Configuration;
using Lnvps.Firewall.Kernel;
using Microsoft.Extensions.Logging;

namespace Lnvps.Firewall.Attaching;

/// <summary>The program on one interface, through a link: when the last descriptor of the link is closed and it is not pinned, the kernel takes the program off.</summary>
sealed unsafe class Attachment : IDisposable
{
    const int Xdp = 37;
    const uint Generic = 1 << 1, Native = 1 << 2;
    readonly BpfDescriptor _link;
    readonly string? _pin;

    Attachment(string name, uint index, XdpMode mode, BpfDescriptor link, string? pin)
    {
        (Interface, Index, Mode, _link, _pin) = (name, index, mode, link, pin);
    }

    public string Interface { get; }

    /// <summary>Number of the interface when it was attached; an interface that vanishes and returns has another.</summary>
    public uint Index { get; }

    /// <summary>Native or generic.</summary>
    public XdpMode Mode { get; }

    /// <summary>False when the interface is gone and the link leads nowhere.</summary>
    public bool Alive => LinkFacts.InterfaceOf(_link) != 0;

    /// <summary>Attaches to an interface. A link that was kept gets the new program in one step: no packet passes unseen in between.</summary>
    /// <exception cref="KernelException">No such interface, busy with another program, or no such mode.</exception>
    public static Attachment To(string name, XdpMode mode, string? pinFolder, BpfDescriptor program, ILogger log)
    {
        var index = LibC.InterfaceIndex(name);
        if (index == 0)
            throw new KernelException($"There is no interface {name}", KernelException.NoDevice);
        var pin = pinFolder is null ? null : Pins.OfLink(pinFolder, name);
        return pin is not null && TakeOver(name, index, mode, pin, program, log) is { } kept ? kept : Begin(name, index, mode, pin, program, log);
    }

    static Attachment Begin(string name, uint index, XdpMode mode, string? pin, BpfDescriptor program, ILogger log)
    {
        var (link, used) = Create(name, index, mode, program, log);
        try
        {
            if (pin is not null)
                KernelException.Check(LibBpf.Pin(link, pin), $"Keeping the link of {name} as {pin}");
            return new Attachment(name, index, used, link, pin);
        }
        catch
        {
            link.Dispose();
            throw;
        }
    }

    static Attachment? TakeOver(string name, uint index, XdpMode mode, string pin, BpfDescriptor program, ILogger log)
    {
        var result = LibBpf.OpenPin(pin);
        if (result == -2)
            return null;
        var link = BpfDescriptor.Take(result, $"Opening {pin}");
        var now = AttachedMode(index);
        // Gone with its interface: begin anew.
        if (LinkFacts.InterfaceOf(link) != index)
        {
            File.Delete(pin);
            link.Dispose();
            return null;
        }
        if (mode != XdpMode.Auto && now != mode)
            return ChangeMode(name, index, now, mode, pin, link, program, log);
        try
        {
            KernelException.Check(LibBpf.UpdateLink(link, program, 0), $"Replacing the program on {name}");
        }
        catch
        {
            link.Dispose();
            throw;
        }
        return new Attachment(name, index, now, link, pin);
    }

    /// <summary>The kernel takes only one mode at a time, so the old one must go before the new one is tried. When the new one fails, the old one returns.</summary>
    static Attachment ChangeMode(string name, uint index, XdpMode from, XdpMode to, string pin, BpfDescriptor old, BpfDescriptor program, ILogger log)
    {
        File.Delete(pin);
        // Fails only when the interface is gone, and then attaching tells.
        _ = LibBpf.DetachLink(old);
        old.Dispose();
        try
        {
            return Begin(name, index, to, pin, program, log);
        }
        catch (KernelException refused)
        {
            var mode = from.ToString().ToLowerInvariant();
            try
            {
                Begin(name, index, from, pin, program, log).Dispose();
            }
            catch (KernelException error)
            {
                throw new KernelException($"{refused.Message}. It could not be attached again ({mode}) either and is UNPROTECTED: {error.Message}", refused.Error);
            }
            throw new KernelException($"{refused.Message}. It is attached again as it was ({mode}) and stays pinned", refused.Error);
        }
    }

    static (BpfDescriptor Link, XdpMode Mode) Create(string name, uint index, XdpMode mode, BpfDescriptor program, ILogger log)
    {
        if (mode != XdpMode.Generic)
        {
            var native = CreateLink(index, Native, program);
            if (native >= 0)
                return (new BpfDescriptor(native), XdpMode.Native);
            if (mode == XdpMode.Native || native is -KernelException.Busy or -KernelException.Exists or -KernelException.NotPermitted)
                throw KernelException.Of(-native, $"Attaching to {name} natively");
            log.LogWarning("{Interface}: the driver takes no native XDP program ({Reason}); attaching generically, which is slow",
                name, System.Runtime.InteropServices.Marshal.GetPInvokeErrorMessage(-native));
        }
        return (BpfDescriptor.Take(CreateLink(index, Generic, program), $"Attaching to {name} generically"), XdpMode.Generic);
    }

    static int CreateLink(uint index, uint flags, BpfDescriptor program)
    {
        var options = new LibBpf.LinkOptions { Size = (nuint)sizeof(LibBpf.LinkOptions), Flags = flags };
        return LibBpf.CreateLink(program, (int)index, Xdp, &options);
    }

    static XdpMode AttachedMode(uint index) => InterfaceQuery.Of(index).Generic != 0 ? XdpMode.Generic : XdpMode.Native;

    /// <summary>Takes the program off the interface, also when the link is pinned.</summary>
    public void Detach()
    {
        if (_pin is not null)
        {
            File.Delete(_pin);
            // Fails only when the interface is gone, and then there is nothing to take off.
            _ = LibBpf.DetachLink(_link);
        }
        _link.Dispose();
    }

    /// <summary>Lets go: a pinned link goes on filtering, another one ends.</summary>
    public void Dispose() => _link.Dispose();
}

/// <summary>Which programs are on an interface: numbers, 0 for none.</summary>
readonly record struct InterfaceQuery(uint Native, uint Generic)
{
    public static unsafe InterfaceQuery Of(uint index)
    {
        var options = new LibBpf.XdpQuery { Size = (nuint)sizeof(LibBpf.XdpQuery) };
        KernelException.Check(LibBpf.QueryXdp((int)index, 0, &options), "Asking for the programs of an interface");
        return new InterfaceQuery(options.NativeProgramId, options.GenericProgramId);
    }
}
