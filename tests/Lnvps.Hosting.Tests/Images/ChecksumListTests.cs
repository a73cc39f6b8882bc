using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Lnvps.Hosting.Images;

namespace Lnvps.Hosting.Tests.Images;

public class ChecksumListTests
{
    const string Hex256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    const string Other256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    const string Hex512 =
        "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e";

    [Theory]
    [InlineData(Hex256 + "  debian.qcow2")]
    [InlineData(Hex256 + " *debian.qcow2")]
    [InlineData(Hex256 + "\tdebian.qcow2\r")]
    [InlineData(Hex256 + "  ./images/debian.qcow2")]
    [InlineData("SHA256 (debian.qcow2) = " + Hex256)]
    [InlineData("sha256(debian.qcow2)=" + Hex256)]
    [InlineData(Hex256)]
    [InlineData("\n  " + Hex256 + "\n")]
    [InlineData("-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n# debian.qcow2: 12 bytes\nSHA256 (debian.qcow2) = " + Hex256 + "\n-----BEGIN PGP SIGNATURE-----\n\niQIz\n")]
    [InlineData(Other256 + "  debian.raw\n" + Hex256 + "  debian.qcow2\n" + Other256 + "  debian.qcow2.asc")]
    [InlineData(Hex256 + "  debian.qcow2\n" + Hex256 + "  debian.qcow2")]
    [InlineData("MD5 (debian.qcow2) = d41d8cd98f00b204e9800998ecf8427e\nSHA256 (debian.qcow2) = " + Hex256)]
    public void Every_format_in_use_is_read(string list)
    {
        var sum = ChecksumList.Find(list, "debian.qcow2");
        Assert.Equal(Hex256, sum?.ToString());
        Assert.Equal(HashAlgorithmName.SHA256, sum!.Algorithm);
    }

    [Fact]
    public void The_strongest_counts_and_case_does_not()
    {
        var list = $"{Hex256}  a.img\n{Hex512.ToUpperInvariant()}  a.img\n";
        var sum = ChecksumList.Find(list, "a.img");
        Assert.Equal(Hex512, sum?.ToString());
        Assert.Equal(HashAlgorithmName.SHA512, sum!.Algorithm);
    }

    [Theory]
    [InlineData("")]
    [InlineData("<html><body>Nothing here</body></html>")]
    [InlineData(Hex256 + "  debian.qcow2.sig")]
    [InlineData(Hex256 + "  old-debian.qcow2")]
    [InlineData("d41d8cd98f00b204e9800998ecf8427e  debian.qcow2")]
    [InlineData("da39a3ee5e6b4b0d3255bfef95601890afd80709  debian.qcow2")]
    [InlineData("SHA3-256 (debian.qcow2) = " + Hex256)]
    [InlineData("SHA512/256 (debian.qcow2) = " + Hex256)]
    [InlineData("SHA512 (debian.qcow2) = " + Hex256)]
    [InlineData("SHA256 (debian.qcow2) " + Hex256)]
    [InlineData("SHA256 )debian.qcow2( = " + Hex256)]
    [InlineData(Hex256 + "\n" + Other256)]
    [InlineData(Hex256 + "0  debian.qcow2")]
    public void What_does_not_name_the_file_with_a_strong_sum_is_passed_over(string list) => Assert.Null(ChecksumList.Find(list, "debian.qcow2"));

    [Fact]
    public void A_list_that_contradicts_itself_is_refused() =>
        Assert.Throws<InvalidDataException>(() => ChecksumList.Find($"{Hex256}  a.img\n{Other256}  a.img", "a.img"));

    [Fact]
    public void Whatever_file_a_list_is_made_for_is_found_in_it() => Prop.ForAll(
        Gen.ListOf(Gen.Elements("abc-._09".ToCharArray())).Where(name => name.Count > 0).Select(string.Concat).ToArbitrary(),
        Gen.ArrayOf(ArbMap.Default.GeneratorFor<byte>()).ToArbitrary(),
        (name, content) =>
        {
            var sum = Sha2.Of(SHA256.HashData(content));
            return sum.Equals(ChecksumList.Find($"{Hex256}  x{name}\n{sum}  {name}\n", name))
                && sum.Equals(ChecksumList.Find($"SHA256 ({name}) = {sum}\n", name));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void No_bytes_break_it()
    {
        var random = new Random(20261122);
        var seeds = new[] { $"{Hex256}  a.img\n", $"SHA512 (a.img) = {Hex512}\n", "\\", "()=*/ \t\r\n" };
        for (var round = 0; round < 20_000; round++)
        {
            var text = new StringBuilder();
            for (var part = random.Next(1, 4); part > 0; part--)
            {
                var seed = seeds[random.Next(seeds.Length)].ToCharArray();
                for (var flip = random.Next(3); flip > 0; flip--)
                    seed[random.Next(seed.Length)] = (char)random.Next(0, 300);
                text.Append(seed.AsSpan(0, random.Next(seed.Length + 1)));
            }
            var list = text.ToString();
            try
            {
                if (ChecksumList.Find(list, "a.img") is { } sum)
                    Assert.Contains(sum.ToString(), list, StringComparison.OrdinalIgnoreCase);
            }
            catch (InvalidDataException)
            {
                Assert.Contains("a.img", list, StringComparison.Ordinal);
            }
        }
    }

    [Theory]
    [InlineData(0UL, 100UL, 0)]
    [InlineData(1UL, 3UL, 33)]
    [InlineData(100UL, 100UL, 100)]
    [InlineData(200UL, 100UL, 100)]
    [InlineData(0UL, 0UL, 100)]
    [InlineData(ulong.MaxValue - 1, ulong.MaxValue, 99)]
    public void Progress_in_percent(ulong done, ulong total, int percent) =>
        Assert.Equal(percent.ToString(CultureInfo.InvariantCulture), new Hosting.Hosts.ImageProgress(done, total).Percent?.ToString(CultureInfo.InvariantCulture));
}
