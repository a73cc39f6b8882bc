using System.Collections.Concurrent;
using Lnvps.Core.Catalogue;
using Lnvps.Core.Identity;
using Lnvps.Core.Outcomes;
using Lnvps.Database.Hosts;
using Lnvps.Hosting.Hosts;

namespace Lnvps.Platform.Hosts;

/// <summary>Makes the adapter for a row of <c>vm_host</c>.</summary>
public delegate IVmHost HostMaker(HostRow host);

/// <summary>
/// The hypervisors by their rows. Which adapter serves a row follows from its kind and from what this program is configured for; an adapter is kept as long as
/// the row stays as it is.
/// </summary>
/// <param name="observe">Puts something around each adapter that sees its calls; null = nothing.</param>
public sealed class HostRegistry(IReadOnlyDictionary<HostKind, HostMaker> makers, Func<HostRow, IVmHost, IVmHost>? observe = null)
{
    readonly ConcurrentDictionary<HostId, (HostRow Row, IVmHost Host)> _hosts = [];

    /// <summary>The hypervisor of a row.</summary>
    /// <exception cref="OutsideFault">Fatal: this program is not configured for hosts of this kind.</exception>
    public IVmHost For(HostRow row)
    {
        if (_hosts.TryGetValue(row.Id, out var known) && known.Row == row)
            return known.Host;
        if (!makers.TryGetValue(row.Kind, out var make))
            throw OutsideFault.Fatal($"Unknown host configuration: host {row.Id} is of kind {row.Kind}, for which nothing is configured");
        return _hosts.AddOrUpdate(row.Id, _ => (row, Make()), (_, old) => old.Row == row ? old : (row, Make())).Host;

        IVmHost Make() => observe is null ? make(row) : observe(row, make(row));
    }
}
