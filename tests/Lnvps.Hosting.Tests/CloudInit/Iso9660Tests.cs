using System.Text;
using Lnvps.Hosting.CloudInit;

namespace Lnvps.Hosting.Tests.CloudInit;

public sealed class Iso9660Tests : IDisposable
{
    readonly string _path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + ".iso");

    static readonly (string, byte[])[] Files =
    [
        ("user-data", Encoding.UTF8.GetBytes("#cloud-config\n")),
        ("meta-data", []),
        ("network-config", [.. Enumerable.Range(0, 5000).Select(i => (byte)(i % 251))]),
    ];

    public void Dispose() => File.Delete(_path);

    [Theory]
    [InlineData("-R")]
    [InlineData("-J")]
    public void Another_reader_finds_the_long_names_and_the_content(string tree)
    {
        File.WriteAllBytes(_path, Iso9660.Write("cidata", Files));
        foreach (var (name, content) in Files)
            Assert.Equal(content, Programs.Output("isoinfo", tree, "-i", _path, "-x", "/" + name));
        var listed = Programs.Text("isoinfo", tree, "-f", "-i", _path).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(["/meta-data", "/network-config", "/user-data"], listed.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_label_is_what_cloud_init_looks_for()
    {
        File.WriteAllBytes(_path, Iso9660.Write("cidata", Files));
        Assert.Contains("Volume id: cidata", Programs.Text("isoinfo", "-d", "-i", _path), StringComparison.Ordinal);
        Assert.Equal("cidata\n", Programs.Text("blkid", "-p", "-o", "value", "-s", "LABEL", _path));
    }

    [Fact]
    public void Equal_input_gives_equal_bytes_in_whole_sectors()
    {
        var image = Iso9660.Write("cidata", Files);
        Assert.Equal(image, Iso9660.Write("cidata", [.. Files.Reverse()]));
        Assert.Equal(0, image.Length % Iso9660.SectorBytes);
        Assert.True(image.Length >= 128 << 10); // busybox reads that far before it looks for a label.
    }

    [Theory]
    [InlineData("cidata", "a/b")]
    [InlineData("cidata", "")]
    [InlineData("cidata", "größe")]
    [InlineData("", "a")]
    [InlineData("a label of more than sixteen", "a")]
    public void Names_that_no_reader_would_agree_on_are_refused(string label, string name) =>
        Assert.Throws<ArgumentException>(() => Iso9660.Write(label, [(name, [])]));

    [Fact]
    public void Two_files_of_one_name_are_refused() =>
        Assert.Throws<ArgumentException>(() => Iso9660.Write("cidata", [("a", []), ("a", [])]));

    [Fact]
    public void The_longest_names_still_fit_into_the_folder()
    {
        (string, byte[])[] files = [.. Enumerable.Range(0, 8).Select(i => (new string('x', 47) + i, new[] { (byte)i }))];
        File.WriteAllBytes(_path, Iso9660.Write("cidata", files));
        foreach (var (name, content) in files)
            Assert.Equal(content, Programs.Output("isoinfo", "-R", "-i", _path, "-x", "/" + name));
    }
}
