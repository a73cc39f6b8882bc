using System.Globalization;
using System.Text;
using Lnvps.Firewall.Counting;
using Lnvps.Firewall.Kernel;

namespace Lnvps.Firewall.Reports;

/// <summary>Destinations as a table with aligned columns, for the terminal and for the log.</summary>
static class StatusTable
{
    static readonly string[] Head = ["address", "packets", "bytes", "syn", "tcp", "udp", "icmp", "dropped", "tokens", "limit"];

    public static string Render(IReadOnlyList<Destination> destinations)
    {
        List<string[]> rows = [Head, .. destinations.Select(Row)];
        var widths = Enumerable.Range(0, Head.Length).Select(column => rows.Max(row => row[column].Length)).ToArray();
        var text = new StringBuilder();
        foreach (var row in rows)
            text.AppendLine("  " + string.Join("  ", row.Select((cell, column) => column == 0 ? cell.PadRight(widths[0]) : cell.PadLeft(widths[column]))));
        return text.ToString();
    }

    static string[] Row(Destination one)
    {
        var counters = one.Counters;
        return
        [
            one.Address.ToString(), Number(counters.Packets), Number(counters.Bytes), Number(counters.SynPackets), Number(counters.TcpPackets),
            Number(counters.UdpPackets), Number(counters.IcmpPackets), Number(counters.Dropped),
            one.Limits == PacketLimits.Unlimited || one.Tokens is not { } tokens ? "-" : Number(tokens),
            one.Limits == PacketLimits.Unlimited ? "none" : $"{one.Limits.Limit}/{one.Limits.Burst}",
        ];
    }

    static string Number(ulong value) => value.ToString(CultureInfo.InvariantCulture);
}
