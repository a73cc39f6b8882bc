using System.Collections.Immutable;
using Lnvps.Firewall.Configuration;
using Lnvps.Firewall.Kernel;
using Microsoft.Extensions.Logging;

namespace Lnvps.Firewall.Attaching;

/// <summary>The interfaces that carry the program. Changed by one caller at a time; read by any.</summary>
sealed class Attachments(KernelProgram program, ILogger log) : IDisposable
{
    readonly HashSet<string> _reported = new(StringComparer.Ordinal);
    ImmutableArray<Attachment> _all = [];

    public ImmutableArray<Attachment> All => _all;

    /// <summary>Attaches where it is wanted and missing, takes off where it is no longer wanted. Gives those interfaces that failed, with the reason.</summary>
    public IReadOnlyDictionary<string, KernelException> Settle(FirewallSettings settings)
    {
        foreach (var surplus in _all.Where(one => !settings.Interfaces.Contains(one.Interface)).ToList())
        {
            surplus.Detach();
            _all = _all.Remove(surplus);
            log.LogInformation("{Interface}: detached", surplus.Interface);
        }
        if (settings.PinFolder is { } folder)
        {
            foreach (var name in Pins.Links(folder).Except(settings.Interfaces, StringComparer.Ordinal))
                PinnedState.DetachLink(folder, name, log);
        }

        foreach (var gone in _all.Where(one => !one.Alive || LibC.InterfaceIndex(one.Interface) != one.Index).ToList())
        {
            gone.Detach();
            _all = _all.Remove(gone);
            log.LogWarning("{Interface}: the interface is gone; waiting for it to return", gone.Interface);
            _reported.Add(gone.Interface);
        }

        var failed = new Dictionary<string, KernelException>(StringComparer.Ordinal);
        foreach (var name in settings.Interfaces.Where(name => !_all.Any(one => one.Interface == name)))
        {
            try
            {
                var attached = Attachment.To(name, settings.Mode, settings.PinFolder, program.Program, log);
                _all = _all.Add(attached);
                _reported.Remove(name);
                log.LogInformation("{Interface}: attached ({Mode})", name, attached.Mode.ToString().ToLowerInvariant());
            }
            catch (KernelException error)
            {
                failed[name] = error;
                // Tried again every few seconds: said once.
                if (_reported.Add(name))
                    log.LogError("{Interface}: {Error}", name, error.Message);
            }
        }
        return failed;
    }

    /// <summary>Takes the program off everywhere.</summary>
    public void DetachAll()
    {
        foreach (var one in _all)
            one.Detach();
        _all = [];
    }

    public void Dispose()
    {
        foreach (var one in _all)
            one.Dispose();
        _all = [];
    }
}
