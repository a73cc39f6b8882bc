using System.Globalization;
using Lnvps.Health.Checks;
using Spectre.Console;

namespace Lnvps.Health.Monitoring;

/// <summary>The results of a cycle for people (<c>--once</c>).</summary>
static class ResultTable
{
    // Wide enough for what a check says, where nobody has a say about the width.
    const int WidthOfFiles = 200;

    /// <param name="isTerminal">False: no colours, and wide.</param>
    public static void Write(IReadOnlyList<CheckRun> runs, TextWriter to, bool isTerminal)
    {
        var screen = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(to), Ansi = isTerminal ? AnsiSupport.Detect : AnsiSupport.No });
        if (!isTerminal)
            screen.Profile.Width = WidthOfFiles;
        var table = new Table { Border = TableBorder.Square };
        table.AddColumns("Check", "Result", "Time", "Message");
        foreach (var run in runs)
        {
            table.AddRow(
                new Text(run.Check.Name),
                new Text(run.Result.State.ToString().ToLowerInvariant(), new Style(Colour(run.Result.State))),
                new Text(string.Create(CultureInfo.InvariantCulture, $"{run.Took.TotalMilliseconds:0} ms")),
                new Text(run.Result.Message));
        }
        screen.Write(table);
        screen.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{runs.Count(run => run.Result.State == CheckState.Passed)} passed, {runs.Count(run => run.Result.State == CheckState.Skipped)} skipped, {runs.Count(run => !run.Result.IsGood)} failed"));
    }

    static Color Colour(CheckState state) => state switch
    {
        CheckState.Passed => Color.Green,
        CheckState.Skipped => Color.Grey,
        _ => Color.Red,
    };
}
