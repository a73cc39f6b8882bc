using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Lnvps.Lightning.Bolt11;
using Lnvps.Platform.Workflows;
using Lnvps.Testing.Interop;

namespace Lnvps.EndToEnd.Tests;

/// <summary>What a customer who reads the terminal is shown of an order.</summary>
static partial class PrintedOrder
{
    // Only their names are looked at.
    static readonly List<string> Steps = [.. new CreateVm(bench: null!).Definition.Steps.Select(step => step.Name)];

    /// <summary>The invoice as text, the same invoice in the QR code, and each step of the build with its time.</summary>
    public static async Task Check(string printed)
    {
        var lines = printed.Split('\n').Select(line => line.TrimEnd('\r')).ToList();
        var invoice = Assert.Single(lines, line => line.StartsWith("lnbcrt", StringComparison.Ordinal));
        Assert.NotNull(Bolt11Decoder.Decode(invoice).Value);

        // Below the invoice, in lines of half blocks: as a dark terminal shows it, what is drawn is light.
        var drawing = lines.Skip(lines.IndexOf(invoice) + 1).TakeWhile(line => line.All(sign => " █▀▄".Contains(sign, StringComparison.Ordinal))).ToList();
        var width = drawing.Max(line => line.Length);
        var light = drawing.SelectMany(line => new[] { Half(line, width, '▀'), Half(line, width, '▄') }).Select(row => (JsonNode)row).ToArray();
        var read = await NodeScript.Run("qr.js", new JsonObject { ["rows"] = new JsonArray(light) });
        Assert.Equal(invoice, read["text"]!.GetValue<string>().ToLowerInvariant());

        var done = lines.Select(line => Step().Match(line)).Where(match => match.Success).Select(match => match.Groups["name"].Value).ToList();
        Assert.Equal(Steps, done);
    }

    /// <summary>One row of modules, '1' where it is light.</summary>
    static string Half(string line, int width, char half) => string.Concat(line.PadRight(width).Select(sign => sign == '█' || sign == half ? '1' : '0'));

    [GeneratedRegex(@"^ *\d+\.\d s    (?<name>\S.*) \(\d+ ms\)$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Step();
}
