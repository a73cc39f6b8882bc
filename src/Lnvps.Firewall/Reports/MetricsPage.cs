using System.Text;
using Lnvps.Firewall.Attaching;
using Lnvps.Firewall.Configuration;
using Lnvps.Firewall.Counting;

namespace Lnvps.Firewall.Reports;

/// <summary>The metrics in Prometheus text format (firewall.md section 5.4). No label names a destination.</summary>
static class MetricsPage
{
    public static string Render(FirewallSettings settings, KernelProgram program, IEnumerable<Attachment> attachments)
    {
        var totals = SnapshotReader.ReadTotals(program.Maps);
        var text = new StringBuilder();
        void Head(string name, string kind, string help) => text.Append($"# HELP {name} {help}\n# TYPE {name} {kind}\n");
        void Single(string name, string kind, string help, ulong value)
        {
            Head(name, kind, help);
            text.Append($"{name} {value}\n");
        }

        Head("lnvps_fw_packets_total", "counter", "Packets with a sound IP header.");
        text.Append($"lnvps_fw_packets_total{{family=\"ipv4\"}} {totals.Ipv4}\n");
        text.Append($"lnvps_fw_packets_total{{family=\"ipv6\"}} {totals.Ipv6}\n");
        Single("lnvps_fw_syn_total", "counter", "TCP connection attempts.", totals.Syn);
        Single("lnvps_fw_syn_dropped_total", "counter", "TCP connection attempts over the limit: dropped, or only counted in a dry run.", totals.SynDropped);
        Single("lnvps_fw_unparsable_total", "counter", "Packets with a header that does not fit; they pass.", totals.Unparsable);
        Single("lnvps_fw_fragments_total", "counter", "Packets that are part of a larger one.", totals.Fragments);
        Single("lnvps_fw_dry_run", "gauge", "1 when nothing is dropped.", settings.DryRun ? 1u : 0);
        Head("lnvps_fw_attached", "gauge", "1 when the program is on the interface.");
        var attached = attachments.ToDictionary(one => one.Interface, one => one.Mode, StringComparer.Ordinal);
        foreach (var name in settings.Interfaces)
        {
            var mode = attached.TryGetValue(name, out var found) ? found : settings.Mode;
            text.Append($"lnvps_fw_attached{{interface=\"{Escape(name)}\",mode=\"{mode.ToString().ToLowerInvariant()}\"}} {(attached.ContainsKey(name) ? 1 : 0)}\n");
        }
        Head("lnvps_fw_destinations", "gauge", "Destinations counted now, at most max-destinations.");
        text.Append($"lnvps_fw_destinations{{family=\"ipv4\"}} {program.Maps.Counters4.Keys().Count}\n");
        text.Append($"lnvps_fw_destinations{{family=\"ipv6\"}} {program.Maps.Counters6.Keys().Count}\n");
        return text.ToString();
    }

    static string Escape(string label) => label.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
}
