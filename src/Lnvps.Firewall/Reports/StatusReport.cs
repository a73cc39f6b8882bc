using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Lnvps.Firewall.Counting;
using Lnvps.Firewall.Kernel;

namespace Lnvps.Firewall.Reports;

/// <summary>An interface that carries the program.</summary>
sealed record AttachedInterface(string Name, string Mode);

/// <summary>How the firewall stands, as a table for people and as JSON for programs.</summary>
sealed record StatusReport(
    IReadOnlyList<AttachedInterface> Interfaces, bool DryRun, PacketLimits Defaults, Totals Totals, int DestinationCount, IReadOnlyList<Destination> Top)
{
    public static StatusReport Read(FirewallMaps maps, IReadOnlyList<AttachedInterface> interfaces, int most)
    {
        var counters = SnapshotReader.ReadCounters(maps);
        return new StatusReport(
            interfaces, maps.Settings.Find(0)?.DryRun is > 0, maps.Defaults.Find(0) ?? default, SnapshotReader.ReadTotals(maps), counters.Count,
            SnapshotReader.Top(maps, counters, most, LibC.MonotonicNanoseconds()));
    }

    public string ToText()
    {
        var text = new StringBuilder();
        text.AppendLine($"Interfaces: {string.Join(", ", Interfaces.Select(one => $"{one.Name} ({one.Mode})"))}{(DryRun ? "; DRY RUN: nothing is dropped" : "")}");
        text.AppendLine($"Limit:      {Number(Defaults.Limit)} SYN per second and destination, burst {Number(Defaults.Burst)}");
        text.AppendLine($"Packets:    {Number(Totals.Packets)} (IPv4 {Number(Totals.Ipv4)}, IPv6 {Number(Totals.Ipv6)}, fragments {Number(Totals.Fragments)}, unparsable {Number(Totals.Unparsable)})");
        text.AppendLine($"SYN:        {Number(Totals.Syn)}, {(DryRun ? "would be dropped" : "dropped")} {Number(Totals.SynDropped)}");
        text.AppendLine($"Destinations with most drops ({Top.Count} of {DestinationCount}):");
        text.Append(StatusTable.Render(Top));
        return text.ToString();
    }

    public string ToJson() => JsonSerializer.Serialize(new StatusDocument(
        Interfaces, DryRun, new LimitDocument(Defaults.Limit, Defaults.Burst), Totals, DestinationCount,
        [.. Top.Select(one => new DestinationDocument(one.Address.ToString(), one.Counters, new LimitDocument(one.Limits.Limit, one.Limits.Burst), one.Tokens))]),
        StatusJson.Default.StatusDocument);

    static string Number(ulong value) => value == ulong.MaxValue ? "unlimited" : value.ToString(CultureInfo.InvariantCulture);
}

sealed record StatusDocument(
    IReadOnlyList<AttachedInterface> Interfaces, bool DryRun, LimitDocument Defaults, Totals Totals, int DestinationCount, IReadOnlyList<DestinationDocument> Destinations);

sealed record LimitDocument(ulong Rate, ulong Burst);

sealed record DestinationDocument(string Address, DestCounters Counters, LimitDocument Limits, ulong? Tokens);

[JsonSerializable(typeof(StatusDocument))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
sealed partial class StatusJson : JsonSerializerContext;
