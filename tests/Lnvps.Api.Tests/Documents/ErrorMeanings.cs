using System.Text.RegularExpressions;
using Lnvps.Core.Outcomes;

namespace Lnvps.Api.Tests.Documents;

/// <summary>What the table of <c>endpoints.md</c> says about each error code.</summary>
static partial class ErrorMeanings
{
    /// <summary>Code, status and meaning, as they stand there.</summary>
    public static IReadOnlyList<(string Code, string Status, string Meaning)> Rows { get; } = Read();

    public static string Of(ErrorCode code) => Rows.First(row => row.Code == code.Wire()).Meaning;

    static List<(string Code, string Status, string Meaning)> Read() =>
        [.. Row().Matches(OpenApiDocument.Embedded("endpoints.md")).Select(row => (row.Groups["code"].Value, row.Groups["status"].Value, row.Groups["meaning"].Value))];

    [GeneratedRegex(@"^\| `(?<code>[a-z_]+)` \| (?<status>[1-5]\d\d) \| (?<meaning>.+) \|$", RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Row();
}
