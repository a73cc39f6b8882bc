using Lnvps.Bench.Measuring;

namespace Lnvps.Bench;

/// <summary>All hot paths that have a goal, one a line.</summary>
static class Benchmarks
{
    public static IReadOnlyList<IBenchmark> All { get; } =
    [
        new Nostr.Nip98Benchmark(),
        new Pricing.CustomPriceBenchmark(),
        new Addresses.AddressAllocationBenchmark(),
        new Http.VmListBenchmark(),
        new Http.EndpointBenchmark(),
        new Workflows.EngineBenchmark(),
        new Payments.SettlementBenchmark(),
        new Workers.WorkerRoundBenchmark(),
    ];
}
