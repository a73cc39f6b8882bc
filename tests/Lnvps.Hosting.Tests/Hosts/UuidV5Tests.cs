using Lnvps.Hosting.Hosts;

namespace Lnvps.Hosting.Tests.Hosts;

public sealed class UuidV5Tests
{
    [Fact]
    public void The_example_of_the_standard_comes_out()
    {
        // RFC 9562 appendix A.4: DNS namespace, "www.example.com".
        var uuid = UuidV5.Create(Guid.Parse("6ba7b810-9dad-11d1-80b4-00c04fd430c8"), "www.example.com");
        Assert.Equal("2ed6657d-e927-568b-95e1-2665a8aea6a2", uuid.ToString());
    }
}
