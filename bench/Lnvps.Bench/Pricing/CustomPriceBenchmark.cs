using Lnvps.Bench.Measuring;
using Lnvps.Core.Catalogue;
using Lnvps.Core.Money;
using Lnvps.Core.Pricing;
using Lnvps.Core.Sizes;

namespace Lnvps.Bench.Pricing;

/// <summary>The price of a size that the customer chose, with its limits, as every quote, order and renewal computes it.</summary>
sealed class CustomPriceBenchmark : IBenchmark
{
    // The work that cannot be left out is five products and their sum. The goal is ours: a price must cost nothing beside the request that asks for it.
    const double MostMicroseconds = 1;

    // Measured before the code is fully optimised (160 after), all of it of BigInteger and the search for the disk. Whoever needs more says why.
    const double AllocationBudget = 288;

    readonly CustomPricing _pricing = new(
        Currency.EUR, 150, 50, 50, 5, new CustomLimits(1, 64, Bytes.FromGib(1), Bytes.FromGib(256)),
        [new CustomDiskPrice(DiskKind.Hdd, DiskInterface.Sata, 1, Bytes.FromGib(5), Bytes.FromGib(8000)),
            new CustomDiskPrice(DiskKind.Ssd, DiskInterface.Pcie, 5, Bytes.FromGib(2), Bytes.FromGib(2000))]);

    public string Name => "price";

    public string About => "price of a custom size with its limits; bytes allocated";

    public async Task<IReadOnlyList<Finding>> Measure(CancellationToken stop)
    {
        var time = await Interleaved.Compare(BareSum, Price);
        return
        [
            new("price: custom size", time.Subject.TotalMicroseconds, MostMicroseconds, "us", $"{time.Ratio:0.0} x the bare sum"),
            .. await Check(stop),
        ];
    }

    public Task<IReadOnlyList<Finding>> Check(CancellationToken stop) =>
        Task.FromResult<IReadOnlyList<Finding>>([new("price: allocated", Allocation.PerOperation(Price), AllocationBudget, "bytes")]);

    static VmSpec Spec(int i) => new((ushort)(i % 64 + 1), Bytes.FromGib((ulong)(i % 256 + 1)), Bytes.FromGib((ulong)(i % 1000 + 2)), DiskKind.Ssd, DiskInterface.Pcie);

    void Price(int i)
    {
        var spec = Spec(i);
        if (CustomPrice.CheckLimits(_pricing, spec) is not null || !CustomPrice.PerMonth(_pricing, spec, 1, 1).IsOk)
            throw new InvalidOperationException("A good size was refused");
    }

    void BareSum(int i)
    {
        var spec = Spec(i);
        if (_pricing.CpuCost * spec.Cpu + _pricing.MemoryCost * spec.Memory.GibRoundedUp + 5 * spec.Disk.GibRoundedUp + _pricing.Ip4Cost + _pricing.Ip6Cost == 0)
            throw new InvalidOperationException("Nothing is free");
    }
}
