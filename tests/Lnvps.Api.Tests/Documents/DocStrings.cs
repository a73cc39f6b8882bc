using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Lnvps.Api.Tests.Documents;

/// <summary>What the docstrings of the wire types say about them: the compiler writes all of the program's into a file.</summary>
sealed partial class DocStrings
{
    readonly Dictionary<string, XElement> _members = XDocument.Load(Path.ChangeExtension(typeof(ApiHost).Assembly.Location, ".xml"))
        .Descendants("member").ToDictionary(member => (string)member.Attribute("name")!, StringComparer.Ordinal);

    /// <summary>Summary of a type; empty when it has none.</summary>
    public string Of(Type type) => Text(_members.GetValueOrDefault($"T:{type.FullName}")?.Element("summary"));

    /// <summary>Of a property: of the parameter that it comes from, or its own; empty when there is none.</summary>
    public string Of(PropertyInfo property)
    {
        var parameter = _members.GetValueOrDefault($"T:{property.DeclaringType!.FullName}")?.Elements("param").FirstOrDefault(param => (string?)param.Attribute("name") == property.Name);
        return Text(parameter ?? _members.GetValueOrDefault($"P:{property.DeclaringType!.FullName}.{property.Name}")?.Element("summary"));
    }

    static string Text(XElement? element)
    {
        if (element is null)
            return "";
        var text = string.Concat(element.Nodes().Select(node => node switch
        {
            XText plain => plain.Value,
            XElement { Name.LocalName: "c" } code => $"`{code.Value}`",
            XElement reference when reference.Attribute("cref") is { } target => $"`{JsonNamingPolicy.SnakeCaseLower.ConvertName(target.Value[(target.Value.LastIndexOf('.') + 1)..])}`",
            XElement other => other.Value,
            _ => "",
        }));
        return Spaces().Replace(Sections().Replace(text, ""), " ").Trim();
    }

    // Where a rule comes from is for those who write the program.
    [GeneratedRegex(@" \([a-z-]+\.md section [0-9.]+\)", RegexOptions.None, 1000)]
    private static partial Regex Sections();

    [GeneratedRegex(@"\s+", RegexOptions.None, 1000)]
    private static partial Regex Spaces();
}
