using System.Security.Cryptography;
using System.Text;
using Lnvps.Core.Identity;
using Lnvps.Core.Outcomes;
using Lnvps.Hosting.Hosts;
using Lnvps.Hosting.Http;
using Lnvps.Hosting.Images;

namespace Lnvps.Hosting.Tests.Images;

public sealed class ImageCacheTests : IDisposable
{
    const ulong MaxBytes = 8 << 20;

    static readonly byte[] Content = RandomNumberGenerator.GetBytes(3 << 20);
    static readonly Bytes32 Sha256 = new(SHA256.HashData(Content));
    static readonly Sha2 Checksum = Sha2.Of(SHA256.HashData(Content));
    static readonly Sha2 Strong = Sha2.Of(SHA512.HashData(Content));
    static readonly Sha2 Wrong = Sha2.Of(new byte[32]);

    readonly string _folder = Directory.CreateTempSubdirectory("lnvps-images-").FullName;
    readonly HttpClient _http = OutgoingHttp.ForDownloads();

    public void Dispose()
    {
        _http.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    ImageCache Cache(TimeProvider? time = null) => new(_folder, _http, time ?? TimeProvider.System, MaxBytes);

    static OsImage Image(Uri url, Sha2? checksum) => new(new ImageId(3), url, checksum, DefaultUser: null);

    static FileServer Serving(string head, byte[] body) => new((_, stream, _) => FileServer.Send(stream, head, body));

    static FileServer Good() => Serving($"200 OK\r\nContent-Length: {Content.Length}", Content);

    /// <summary>A publisher with these files; anything else is "not found".</summary>
    static FileServer Publisher(Dictionary<string, byte[]> files) => new((path, stream, _) => files.TryGetValue(path, out var body)
        ? FileServer.Send(stream, $"200 OK\r\nContent-Length: {body.Length}", body)
        : FileServer.Send(stream, "404 Not Found\r\nContent-Length: 0", []));

    static byte[] ReadAll(ImageFile file)
    {
        var bytes = new byte[file.Length];
        file.Content.ReadExactly(bytes);
        return bytes;
    }

    async Task<OutsideFault> Refused(OsImage image, TimeProvider? time = null)
    {
        var fault = await Assert.ThrowsAsync<OutsideFault>(() => Cache(time).Open(image, null, default));
        Assert.Empty(Directory.GetFiles(_folder)); // Nothing half-done stays.
        return fault;
    }

    [Fact]
    public async Task A_verified_image_is_fetched_once_and_kept()
    {
        using var server = Good();
        var image = Image(server.Url("debian.raw"), Checksum);
        for (var i = 0; i < 3; i++)
        {
            using var file = await Cache().Open(image, null, default);
            Assert.Equal(Content, ReadAll(file));
            Assert.Equal(Sha256, file.Sha256);
            Assert.Equal(Checksum, file.Checksum);
            Assert.Equal(ImageFormat.Raw, file.Header.Format);
        }
        Assert.Equal(1, server.Requests);
    }

    [Fact]
    public async Task Two_hosts_that_want_it_at_once_share_one_download()
    {
        using var server = Good();
        var cache = Cache();
        var image = Image(server.Url("debian.raw"), Checksum);
        var files = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => cache.Open(image, null, default)));
        Assert.All(files, file => Assert.Equal(Content, ReadAll(file)));
        Array.ForEach(files, file => file.Dispose());
        Assert.Equal(1, server.Requests);
    }

    [Fact]
    public async Task A_tampered_cached_file_is_fetched_again()
    {
        using var server = Good();
        var image = Image(server.Url("debian.raw"), Checksum);
        (await Cache().Open(image, null, default)).Dispose();
        await File.WriteAllTextAsync(Assert.Single(Directory.GetFiles(_folder)), "something else");
        using var file = await Cache().Open(image, null, default);
        Assert.Equal(Content, ReadAll(file));
        Assert.Equal(2, server.Requests);
    }

    [Fact]
    public async Task Without_a_checksum_nothing_is_kept()
    {
        using var server = Publisher(new() { ["/debian.raw"] = Content });
        var image = Image(server.Url("debian.raw"), null);
        for (var i = 0; i < 2; i++)
        {
            using var file = await Cache().Open(image, null, default);
            Assert.Equal(Content, ReadAll(file));
            Assert.Null(file.Checksum);
            Assert.Empty(Directory.GetFiles(_folder));
        }
        Assert.Equal(2, server.RequestsOf("/debian.raw"));
    }

    [Theory]
    [InlineData("SHA512SUMS", "{512}  debian.raw")]
    [InlineData("SHA256SUMS", "{256} *debian.raw")]
    [InlineData("debian.raw.sha256", "{256}")]
    [InlineData("CHECKSUM", "# debian.raw: 3 bytes\nSHA256 (debian.raw) = {256}")]
    public async Task The_publishers_checksum_is_found_beside_the_image_and_the_file_kept(string list, string text)
    {
        using var server = Publisher(new() { ["/debian.raw"] = Content, [$"/{list}"] = Fill(text) });
        for (var i = 0; i < 2; i++)
        {
            using var file = await Cache().Open(Image(server.Url("debian.raw"), null), null, default);
            Assert.Equal(Content, ReadAll(file));
            Assert.NotNull(file.Checksum);
        }
        Assert.Equal(1, server.RequestsOf("/debian.raw"));
        using var forged = Publisher(new() { ["/debian.raw"] = [.. Content, .. new byte[512]], [$"/{list}"] = Fill(text) });
        Assert.False((await Assert.ThrowsAsync<OutsideFault>(() => Cache().Open(Image(forged.Url("debian.raw"), null), null, default))).IsTransient);
    }

    [Fact]
    public async Task The_list_that_the_catalogue_names_is_the_one_that_counts()
    {
        using var server = Publisher(new()
        {
            ["/12/debian.raw"] = Content,
            ["/12/SHA512SUMS"] = Fill("{wrong}  debian.raw"),
            ["/sums"] = Fill("{wrong}  other.raw\n{512}  ./12/debian.raw\n"),
            ["/empty"] = [],
        });
        var image = Image(server.Url("12/debian.raw"), null);
        using (var file = await Cache().Open(image with { ChecksumList = server.Url("sums") }, null, default))
            Assert.Equal(Strong, file.Checksum);
        foreach (var list in new[] { server.Url("12/SHA512SUMS"), server.Url("empty"), server.Url("absent"), new Uri("file:///etc/passwd") })
        {
            var fault = await Assert.ThrowsAsync<OutsideFault>(() => Cache().Open(image with { ChecksumList = list }, null, default));
            Assert.False(fault.IsTransient);
        }
    }

    [Fact]
    public async Task A_list_that_cannot_be_asked_for_is_transient_and_no_reason_to_do_without()
    {
        using var server = new FileServer((path, stream, _) => path == "/debian.raw"
            ? FileServer.Send(stream, $"200 OK\r\nContent-Length: {Content.Length}", Content)
            : FileServer.Send(stream, "503 Busy\r\nContent-Length: 0", []));
        Assert.True((await Refused(Image(server.Url("debian.raw"), null))).IsTransient);
        Assert.True((await Refused(Image(server.Url("debian.raw"), null) with { ChecksumList = server.Url("sums") })).IsTransient);
        Assert.Equal(0, server.RequestsOf("/debian.raw"));
    }

    [Fact]
    public async Task A_newly_published_image_replaces_the_kept_one()
    {
        byte[] next = [.. Content, .. new byte[512]];
        var files = new Dictionary<string, byte[]> { ["/debian.raw"] = Content, ["/SHA256SUMS"] = Fill("{256}  debian.raw") };
        using var server = Publisher(files);
        var cache = Cache();
        (await cache.Open(Image(server.Url("debian.raw"), null), null, default)).Dispose();
        (files["/debian.raw"], files["/SHA256SUMS"]) = (next, Encoding.ASCII.GetBytes($"{Sha2.Of(SHA256.HashData(next))}  debian.raw"));
        using var file = await cache.Open(Image(server.Url("debian.raw"), null), null, default);
        Assert.Equal(next, ReadAll(file));
        Assert.Single(Directory.GetFiles(_folder));
    }

    [Fact]
    public async Task A_killed_download_is_begun_anew_and_its_part_removed()
    {
        using var server = Good();
        var part = Path.Combine(_folder, "3-0123456789abcdef.x1y2z3.part");
        await File.WriteAllBytesAsync(part, Content[..1000]);
        using var file = await Cache().Open(Image(server.Url("debian.raw"), Checksum), null, default);
        Assert.Equal(Content, ReadAll(file));
        Assert.False(File.Exists(part));
    }

    static byte[] Fill(string list) => Encoding.ASCII.GetBytes(list
        .Replace("{256}", Checksum.ToString(), StringComparison.Ordinal)
        .Replace("{512}", Strong.ToString(), StringComparison.Ordinal)
        .Replace("{wrong}", Wrong.ToString(), StringComparison.Ordinal));

    [Fact]
    public async Task A_changed_row_removes_the_old_file()
    {
        using var server = Good();
        (await Cache().Open(Image(server.Url("old.raw"), Checksum), null, default)).Dispose();
        (await Cache().Open(Image(server.Url("new.raw"), Checksum), null, default)).Dispose();
        Assert.Single(Directory.GetFiles(_folder));
    }

    [Fact]
    public async Task Progress_goes_from_nothing_to_all()
    {
        using var server = Good();
        var seen = new List<ImageProgress>();
        (await Cache().Open(Image(server.Url("debian.raw"), Checksum), new Immediate(seen), default)).Dispose();
        Assert.Equal(new ImageProgress(0, (ulong)Content.Length), seen[0]);
        Assert.Equal(new ImageProgress((ulong)Content.Length, (ulong)Content.Length), seen[^1]);
        Assert.Equal(seen.Select(p => p.BytesDone).Order(), seen.Select(p => p.BytesDone));
        Assert.InRange(seen.Count, 3, 10);
    }

    [Fact]
    public async Task A_wrong_checksum_is_fatal()
    {
        using var server = Good();
        var fault = await Refused(Image(server.Url("debian.raw"), Wrong));
        Assert.False(fault.IsTransient);
        Assert.Contains(Checksum.ToString(), fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_truncated_download_is_transient()
    {
        using var server = Serving($"200 OK\r\nContent-Length: {Content.Length}", Content[..^1]);
        Assert.True((await Refused(Image(server.Url("debian.raw"), Checksum))).IsTransient);
        Assert.True((await Refused(Image(server.Url("debian.raw"), null))).IsTransient);
    }

    [Fact]
    public async Task A_download_of_unknown_length_is_accepted()
    {
        using var server = Serving("200 OK", Content);
        using var file = await Cache().Open(Image(server.Url("debian.raw"), Checksum), null, default);
        Assert.Equal(Content, ReadAll(file));
    }

    [Theory]
    [InlineData(404, false)]
    [InlineData(403, false)]
    [InlineData(304, false)]
    [InlineData(408, true)]
    [InlineData(429, true)]
    [InlineData(500, true)]
    [InlineData(503, true)]
    public async Task A_status_says_whether_repeating_can_help(int status, bool transient)
    {
        using var server = Serving($"{status} No\r\nContent-Length: 0", []);
        Assert.Equal(transient, (await Refused(Image(server.Url("debian.raw"), Checksum))).IsTransient);
    }

    [Fact]
    public async Task Redirects_are_followed()
    {
        using var server = new FileServer((path, stream, _) => path == "/latest"
            ? FileServer.Send(stream, "302 Found\r\nLocation: /debian.raw\r\nContent-Length: 0", [])
            : FileServer.Send(stream, $"200 OK\r\nContent-Length: {Content.Length}", Content));
        using var file = await Cache().Open(Image(server.Url("latest"), Checksum), null, default);
        Assert.Equal(Content, ReadAll(file));
    }

    [Theory]
    [InlineData("file:///etc/passwd")]
    [InlineData("/loop")]
    public async Task Redirects_to_files_and_circles_are_not(string location)
    {
        using var server = new FileServer((_, stream, _) => FileServer.Send(stream, $"302 Found\r\nLocation: {location}\r\nContent-Length: 0", []));
        Assert.False((await Refused(Image(server.Url("loop"), Checksum))).IsTransient);
        Assert.InRange(server.Requests, 1, 12);
    }

    [Fact]
    public async Task An_image_too_large_is_refused_before_and_during_the_download()
    {
        using var announced = Serving($"200 OK\r\nContent-Length: {MaxBytes + 1}", []);
        Assert.False((await Refused(Image(announced.Url("debian.raw"), null))).IsTransient);
        using var endless = new FileServer(async (_, stream, stop) =>
        {
            await FileServer.Send(stream, "200 OK", []);
            while (!stop.IsCancellationRequested)
                await stream.WriteAsync(Content, stop);
        });
        Assert.False((await Refused(Image(endless.Url("debian.raw"), null))).IsTransient);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_source_that_falls_silent_is_given_up(bool afterTheHead)
    {
        using var server = new FileServer(async (_, stream, stop) =>
        {
            if (afterTheHead)
                await FileServer.Send(stream, $"200 OK\r\nContent-Length: {Content.Length}", Content[..1000]);
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stop);
        });
        Assert.True((await Refused(Image(server.Url("debian.raw"), null), new HastyTime())).IsTransient);
    }

    [Fact]
    public async Task An_unreachable_source_is_transient()
    {
        Uri url;
        using (var server = Good())
            url = server.Url("debian.raw");
        Assert.True((await Refused(Image(url, null))).IsTransient);
    }

    [Fact]
    public async Task Local_files_are_used_in_place()
    {
        var path = Path.Combine(_folder, "local.img");
        await File.WriteAllBytesAsync(path, Content);
        using (var file = await Cache().Open(Image(new Uri(path), Checksum), null, default))
            Assert.Equal(Content, ReadAll(file));
        Assert.False((await Assert.ThrowsAsync<OutsideFault>(() => Cache().Open(Image(new Uri(path), Wrong), null, default))).IsTransient);
        Assert.Equal([path], Directory.GetFiles(_folder));
        Assert.False((await Assert.ThrowsAsync<OutsideFault>(() => Cache().Open(Image(new Uri(path + "x"), null), null, default))).IsTransient);
    }

    [Fact]
    public async Task Other_schemes_and_empty_files_are_refused()
    {
        Assert.False((await Refused(Image(new Uri("ftp://example.com/x.img"), null))).IsTransient);
        using var server = Serving("200 OK\r\nContent-Length: 0", []);
        Assert.False((await Refused(Image(server.Url("debian.raw"), null))).IsTransient);
    }

    [Fact]
    public async Task Giving_up_leaves_nothing()
    {
        using var stop = new CancellationTokenSource();
        using var server = new FileServer(async (_, stream, end) =>
        {
            await FileServer.Send(stream, "200 OK", Content);
            await stop.CancelAsync();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, end);
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Cache().Open(Image(server.Url("debian.raw"), null), null, stop.Token));
        Assert.Empty(Directory.GetFiles(_folder));
    }

    [Fact]
    public async Task Errors_do_not_show_passwords()
    {
        using var server = Serving("404 No\r\nContent-Length: 0", []);
        var secret = new UriBuilder(server.Url("x.img")) { UserName = "me", Password = "hunter2", Query = "token=hunter3" }.Uri;
        Assert.DoesNotContain("hunter", (await Refused(Image(secret, null))).ToString(), StringComparison.Ordinal);
    }

    sealed class Immediate(List<ImageProgress> seen) : IProgress<ImageProgress>
    {
        public void Report(ImageProgress value) => seen.Add(value);
    }

    /// <summary>A minute passes in three tenths of a second.</summary>
    sealed class HastyTime : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, dueTime < TimeSpan.Zero ? dueTime : dueTime / 200, period);
    }
}
