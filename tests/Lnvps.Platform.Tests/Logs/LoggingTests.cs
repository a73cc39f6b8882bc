using System.Text.Json.Nodes;
using Lnvps.Platform.Configuration;
using Lnvps.Platform.Logs;
using Microsoft.Extensions.Logging;

namespace Lnvps.Platform.Tests.Logs;

public sealed class LoggingTests : IDisposable
{
    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("lnvps-log-");

    public void Dispose() => _folder.Delete(recursive: true);

    string LogPath => Path.Combine(_folder.FullName, "api.log");

    [Theory]
    [InlineData(null, LogLevel.Information)]
    [InlineData("", LogLevel.Information)]
    [InlineData("error", LogLevel.Error)]
    [InlineData("warn", LogLevel.Warning)]
    [InlineData("debug", LogLevel.Debug)]
    [InlineData("trace,Lnvps.Platform.Worker=error", LogLevel.Trace)]
    public void Levels_by_name(string? text, LogLevel general) => Assert.Equal(general, LogLevels.Read(text).General);

    [Fact]
    public void Levels_by_component() =>
        Assert.Equal([("Lnvps.Platform", LogLevel.Debug), ("Microsoft", LogLevel.Trace)], LogLevels.Read("Lnvps.Platform=debug, warn, Microsoft=trace").Components);

    [Theory]
    [InlineData("LNVPS_LOG", "loud")]
    [InlineData("LNVPS_LOG", "Lnvps=loud")]
    [InlineData("LNVPS_LOG_FORMAT", "xml")]
    public void A_value_that_means_nothing_is_refused(string variable, string value) =>
        Assert.Contains(variable, Assert.Throws<SettingsException>(() => Logging.Open(null, name => name == variable ? value : null)).Message, StringComparison.Ordinal);

    [Fact]
    public void Each_event_is_one_line_of_the_file_at_its_level_and_above()
    {
        Write(levels: "warn,Shop=info", format: null);
        var lines = File.ReadAllLines(LogPath);
        Assert.Equal(3, lines.Length);
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z info: Shop\[0\] opened$", lines[0]);
        Assert.Matches(@" warn: Bank\[0\] two lines", lines[1]);
        Assert.Matches(@" fail: Bank\[0\] broken .*InvalidOperationException: why", lines[2]);
    }

    [Fact]
    public void As_JSON_each_line_is_an_object()
    {
        Write(levels: null, format: "json");
        var lines = File.ReadAllLines(LogPath).Select(line => JsonNode.Parse(line)!).ToList();
        Assert.Equal(["opened", "quiet", "two\nlines", "broken"], lines.Select(line => line["Message"]!.GetValue<string>()));
        Assert.Equal(["Information", "Information", "Warning", "Error"], lines.Select(line => line["LogLevel"]!.GetValue<string>()));
        Assert.EndsWith("Z", lines[0]["Timestamp"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_file_is_appended_to_even_when_it_was_truncated_meanwhile()
    {
        File.WriteAllText(LogPath, "before\n");
        using var file = new LogFile(LogPath);
        file.Append("one\n");
        Assert.Equal("before\none\n", File.ReadAllText(LogPath));
        using (var other = new FileStream(LogPath, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
            other.SetLength(0);
        file.Append("two\n");
        Assert.Equal("two\n", File.ReadAllText(LogPath));
    }

    void Write(string? levels, string? format)
    {
        using var logging = Logging.Open(LogPath, name => name == "LNVPS_LOG" ? levels : format);
        using var factory = logging.Factory();
        factory.CreateLogger("Shop").Log(LogLevel.Information, "opened");
        factory.CreateLogger("Bank").Log(LogLevel.Information, "quiet");
        factory.CreateLogger("Bank").Log(LogLevel.Warning, "two\nlines");
        factory.CreateLogger("Bank").Log(LogLevel.Error, new InvalidOperationException("why"), "broken");
    }
}
