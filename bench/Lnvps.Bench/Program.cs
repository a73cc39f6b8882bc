// dotnet run -c Release --project bench/Lnvps.Bench -- [--check] [NAME…]
//
// Measures the hot paths (all, or those named) and prints a line for each goal: what, value, goal, ok or miss.
// With --check only what is quick and independent of the machine's load. Exit status 0 when every goal is met, 1 when one is missed,
// 2 for an unknown name.
using Lnvps.Bench;
using Lnvps.Bench.Measuring;

#if DEBUG
Console.Error.WriteLine("Built without optimisation: times mean nothing. Run with -c Release.");
#endif

var check = args.Contains("--check");
string[] names = [.. args.Where(a => a != "--check")];
if (names.FirstOrDefault(n => Benchmarks.All.All(b => b.Name != n)) is { } unknown)
{
    Console.Error.WriteLine($"No benchmark {unknown}. There are:");
    foreach (var benchmark in Benchmarks.All)
        Console.Error.WriteLine($"  {benchmark.Name,-12} {benchmark.About}");
    return 2;
}

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, e) =>
{
    e.Cancel = true;
    stop.Cancel();
};

var allGood = true;
foreach (var benchmark in Benchmarks.All.Where(b => names.Length == 0 || names.Contains(b.Name)))
{
    foreach (var finding in check ? await benchmark.Check(stop.Token) : await benchmark.Measure(stop.Token))
    {
        Console.WriteLine(finding);
        allGood &= finding.IsGood;
    }
}
return allGood ? 0 : 1;
