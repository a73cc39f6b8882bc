using System.Xml.Linq;

namespace Lnvps.Hosting.LibVirt.Documents;

/// <summary>A disk that a definition names.</summary>
/// <param name="Device">Target name, such as <c>vda</c>.</param>
/// <param name="Owned">A disk of the machine's own: writable and not shared. Discs and shared disks belong to someone else.</param>
sealed record DefinedDisk(string Device, string Path, bool Owned);

/// <summary>Reads what is needed of a definition that LibVirt wrote.</summary>
static class DomainReading
{
    public static IReadOnlyList<DefinedDisk> Disks(string xml) =>
    [
        .. from disk in XDocument.Parse(xml).Descendants("devices").Elements("disk")
           let path = (string?)disk.Element("source")?.Attribute("file") ?? (string?)disk.Element("source")?.Attribute("dev")
           let device = (string?)disk.Element("target")?.Attribute("dev")
           where path is not null && device is not null
           let kind = (string?)disk.Attribute("device") ?? "disk"
           select new DefinedDisk(device, path, kind == "disk" && disk.Element("readonly") is null && disk.Element("shareable") is null),
    ];
}
