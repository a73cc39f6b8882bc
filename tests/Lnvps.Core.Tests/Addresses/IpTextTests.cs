using System.Net;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Lnvps.Core.Addresses;
using Lnvps.Core.Randomness;

namespace Lnvps.Core.Tests.Addresses;

/// <summary>Address and CIDR text: strict in, canonical out.</summary>
public class IpTextTests
{
    [Theory]
    [InlineData("10.0.0.1", "10.0.0.1")]
    [InlineData("255.255.255.255", "255.255.255.255")]
    [InlineData("0.0.0.0", "0.0.0.0")]
    [InlineData("::", "::")]
    [InlineData("::1", "::1")]
    [InlineData("1::", "1::")]
    [InlineData("2001:DB8:0:0:0:0:0:2", "2001:db8::2")]
    [InlineData("2001:0db8:0000:0000:0001:0000:0000:0001", "2001:db8::1:0:0:1")]
    [InlineData("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1")]
    [InlineData("2001:db8::ff:fe00:1", "2001:db8::ff:fe00:1")]
    [InlineData("::ffff:1.2.3.4", "::ffff:1.2.3.4")]
    [InlineData("::ffff:102:304", "::ffff:1.2.3.4")]
    [InlineData("64:ff9b::192.0.2.33", "64:ff9b::c000:221")]
    [InlineData("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0")]
    [InlineData("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8")]
    [InlineData("1:0:0:4:5:0:0:0", "1:0:0:4:5::")]
    public void Reads_and_writes(string text, string canonical) => Assert.Equal(canonical, IpAddress.Parse(text).ToString());

    [Theory]
    [InlineData("")]
    [InlineData(" 1.2.3.4")]
    [InlineData("1.2.3.4 ")]
    [InlineData("10.0.0.256")]
    [InlineData("10.0.0")]
    [InlineData("10.0.0.1.2")]
    [InlineData("10.0.0.01")]
    [InlineData("10.0.0.")]
    [InlineData("10.0.0.+1")]
    [InlineData("0x0a.0.0.1")]
    [InlineData("1")]
    [InlineData(":")]
    [InlineData(":::")]
    [InlineData("1::2::3")]
    [InlineData(":1:2:3:4:5:6:7")]
    [InlineData("1:2:3:4:5:6:7")]
    [InlineData("1:2:3:4:5:6:7:8:9")]
    [InlineData("1:2:3:4:5:6:7:8::")]
    [InlineData("::1:2:3:4:5:6:7:8")]
    [InlineData("12345::")]
    [InlineData("g::")]
    [InlineData("fe80::1%eth0")]
    [InlineData("[::1]")]
    [InlineData("1.2.3.4::")]
    [InlineData("::1.2.3.4:5")]
    [InlineData("1:2:3:4:5:6:7:1.2.3.4")]
    [InlineData("::1.2.3")]
    [InlineData("192.0.2.7/24")]
    [InlineData("١.٢.٣.٤")]
    public void Refuses(string text) => Assert.False(IpAddress.TryParse(text, out _));

    [Theory]
    [InlineData("10.0.0.7/8", "10.0.0.0/8")]
    [InlineData("0.0.0.0/0", "0.0.0.0/0")]
    [InlineData("10.0.0.1/32", "10.0.0.1/32")]
    [InlineData("2001:db8::1/64", "2001:db8::/64")]
    [InlineData("::/0", "::/0")]
    [InlineData("ffff::1/128", "ffff::1/128")]
    public void Blocks(string text, string canonical) => Assert.Equal(canonical, IpPrefix.Parse(text).ToString());

    [Theory]
    [InlineData("10.0.0.0")]
    [InlineData("10.0.0.0/")]
    [InlineData("10.0.0.0/33")]
    [InlineData("10.0.0.0/-1")]
    [InlineData("10.0.0.0/024")]
    [InlineData("10.0.0.0/8/8")]
    [InlineData("10.0.0.0/255.0.0.0")]
    [InlineData("2001:db8::/129")]
    [InlineData("2001:db8::/1000")]
    [InlineData("/24")]
    public void Not_a_block(string text) => Assert.False(IpPrefix.TryParse(text, out _));

    [Theory]
    [InlineData("10.0.0.1/8", "10.0.0.1/8")]
    [InlineData("10.0.0.1", "10.0.0.1/32")]
    [InlineData("fd00::1", "fd00::1/128")]
    [InlineData("2001:db8::1/64", "2001:db8::1/64")]
    [InlineData("10.0.0.256", null)]
    [InlineData("10.0.0.1/33", null)]
    [InlineData("", null)]
    public void Gateways(string text, string? expected) =>
        Assert.Equal(expected, Gateway.TryParse(text, out var gateway) ? gateway.ToString() : null);

    [Fact]
    public void Blocks_contain_and_overlap()
    {
        var block = IpPrefix.Parse("192.0.2.64/26");
        Assert.Equal(("192.0.2.64", "192.0.2.127"), (block.First.ToString(), block.Last.ToString()));
        Assert.True(block.Contains(IpAddress.Parse("192.0.2.127")));
        Assert.False(block.Contains(IpAddress.Parse("192.0.2.128")));
        Assert.False(IpPrefix.Parse("::/0").Contains(IpAddress.Parse("192.0.2.64")));
        Assert.True(block.Overlaps(IpPrefix.Parse("192.0.2.0/24")));
        Assert.True(IpPrefix.Parse("192.0.2.0/24").Overlaps(block));
        Assert.False(block.Overlaps(IpPrefix.Parse("192.0.2.0/26")));
        Assert.Equal("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", IpPrefix.Parse("::/0").Last.ToString());
    }

    [Fact]
    public void Every_address_survives_the_round_trip_and_the_platform_agrees() =>
        Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed =>
        {
            var bytes = Sparse(seed);
            var address = IpAddress.FromBytes(bytes);
            return IpAddress.Parse(address.ToString()) == address
                && IpAddress.From(IPAddress.Parse(address.ToString())) == address
                && IpAddress.Parse(new IPAddress(bytes).ToString()) == address
                && address.ToArray().AsSpan().SequenceEqual(bytes);
        }).QuickCheckThrowOnFailure();

    /// <summary>Random addresses in which whole groups are often zero.</summary>
    static byte[] Sparse(int seed)
    {
        var random = new SeededRandomness((ulong)seed);
        var bytes = new byte[random.Below(3) == 0 ? 4 : 16];
        random.Fill(bytes);
        for (var i = 0; i < bytes.Length; i += 2)
        {
            if (random.Below(2) == 0)
                bytes[i] = bytes[i + 1] = 0;
        }
        return bytes;
    }

    [Fact]
    public void Ten_thousand_bad_texts_do_no_harm()
    {
        const string Alphabet = "0123456789abcdefABCDEF:::...//% -+g\0é٣";
        var random = new SeededRandomness(20260219);
        for (var i = 0; i < 10_000; i++)
        {
            var text = new StringBuilder();
            for (var length = (int)random.Below(50); length > 0; length--)
                text.Append(Alphabet[(int)random.Below((UInt128)Alphabet.Length)]);
            if (IpAddress.TryParse(text.ToString(), out var address))
                Assert.Equal(address, IpAddress.Parse(address.ToString()));
            if (IpPrefix.TryParse(text.ToString(), out var prefix))
                Assert.Equal(prefix, IpPrefix.Parse(prefix.ToString()));
            _ = Gateway.TryParse(text.ToString(), out _);
        }
    }
}
