using Lnvps.Core.Network;

namespace Lnvps.Core.Tests.Network;

public class DomainNameTests
{
    [Theory]
    [InlineData("example.com", "example.com")]
    [InlineData("  Example.COM. ", "example.com")]
    [InlineData("bücher.example", "xn--bcher-kva.example")]
    [InlineData("a-b.c1.xn--p1ai", "a-b.c1.xn--p1ai")]
    [InlineData("com", null)]
    [InlineData("", null)]
    [InlineData(".", null)]
    [InlineData("a..com", null)]
    [InlineData("-a.com", null)]
    [InlineData("a-.com", null)]
    [InlineData("a_b.com", null)]
    [InlineData("*.example.com", null)]
    [InlineData("example.com:80", null)]
    [InlineData("1.2.3.4", null)]
    [InlineData("[::1]", null)]
    [InlineData("a b.com", null)]
    [InlineData("http://example.com", null)]
    [InlineData("exa\u0000mple.com", null)]
    public void Names_are_brought_to_one_form(string text, string? expected) =>
        Assert.Equal(expected, DomainName.TryParse(text, out var name) ? name.Value : null);

    [Fact]
    public void Lengths_are_bounded()
    {
        Assert.True(DomainName.TryParse($"{new string('a', 63)}.com", out _));
        Assert.False(DomainName.TryParse($"{new string('a', 64)}.com", out _));
        var long200 = string.Join('.', Enumerable.Repeat(new string('a', 49), 4));
        Assert.True(DomainName.TryParse(long200, out _));
        Assert.False(DomainName.TryParse("aa." + long200, out _));
        Assert.False(DomainName.TryParse(new string('é', 5000), out _));
    }

    [Fact]
    public void Anything_may_be_typed()
    {
        var random = new Random(5);
        for (var i = 0; i < 20_000; i++)
        {
            var text = new string([.. Enumerable.Range(0, random.Next(40)).Select(_ => random.Next(3) == 0 ? (char)random.Next(0x10000) : "a.b-1xn"[random.Next(7)])]);
            if (DomainName.TryParse(text, out var name))
                Assert.True(DomainName.TryParse(name.Value, out var again) && again == name, text);
        }
    }

    [Theory]
    [InlineData("example.com", true)]
    [InlineData("a.example.com", true)]
    [InlineData("notexample.com", false)]
    [InlineData("com", false)]
    public void What_lies_below_a_host_is_known(string text, bool below)
    {
        if (DomainName.TryParse(text, out var name))
            Assert.Equal(below, name.IsAtOrBelow("EXAMPLE.com."));
        Assert.True(DomainName.TryParse("x.test", out var other));
        Assert.False(other.IsAtOrBelow(""));
    }

    [Theory]
    [InlineData("Alice", "alice")]
    [InlineData("_", "_")]
    [InlineData("a.b-c_1", "a.b-c_1")]
    [InlineData("", null)]
    [InlineData("a b", null)]
    [InlineData("é", null)]
    [InlineData("a@b", null)]
    public void Handles_are_lowered(string text, string? expected) =>
        Assert.Equal(expected, HandleName.TryParse(text, out var name) ? name.Value : null);
}
