using System.Globalization;
using System.Xml.Linq;

namespace Lnvps.Hosting.LibVirt.Documents;

/// <summary>Descriptions of storage pools and volumes.</summary>
static class StorageDocuments
{
    /// <summary>A pool that keeps its volumes as files of one folder.</summary>
    public static XDocument FolderPool(string name, string folder) => new(new XElement("pool", new XAttribute("type", "dir"),
        new XElement("name", name),
        new XElement("target", new XElement("path", folder))));

    /// <param name="format"><c>raw</c> or <c>qcow2</c>.</param>
    /// <param name="capacity">Size in bytes.</param>
    public static XDocument Volume(string name, string format, ulong capacity) => new(new XElement("volume",
        new XElement("name", name),
        new XElement("capacity", new XAttribute("unit", "bytes"), capacity.ToString(CultureInfo.InvariantCulture)),
        // Nothing is set aside: the file grows as it is written.
        new XElement("allocation", new XAttribute("unit", "bytes"), "0"),
        new XElement("target", new XElement("format", new XAttribute("type", format)))));

    /// <summary>The format LibVirt takes a volume for; null when it names none.</summary>
    public static string? FormatOf(string volumeXml) =>
        (string?)XDocument.Parse(volumeXml).Root?.Element("target")?.Element("format")?.Attribute("type");
}
