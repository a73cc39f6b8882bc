using Lnvps.Api.Development;

namespace Lnvps.Api.Tests.Development;

public sealed class KvmMemoryTests : IDisposable
{
    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("lnvps-kvm-");
    int _probes;

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Asks_once_until_the_next_boot(bool works)
    {
        Assert.Equal(works, await Ask(works));
        Assert.Equal(works, await Ask(!works));
        Assert.Equal(1, _probes);

        var file = Path.Combine(_folder.FullName, "kvm-probe");
        await File.WriteAllTextAsync(file, $"another-boot {(works ? "works" : "fails")}");
        Assert.Equal(!works, await Ask(!works));
        Assert.Equal(2, _probes);
    }

    Task<bool> Ask(bool answer) => KvmMemory.Works(_folder.FullName, () =>
    {
        _probes++;
        return Task.FromResult(answer);
    }, CancellationToken.None);
}
