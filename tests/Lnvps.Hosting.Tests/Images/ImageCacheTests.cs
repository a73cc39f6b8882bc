using System.Security.Cryptography;
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
    static readonly Bytes32 Checksum = new(SHA256.HashData(Content));

    readonly string _folder = Directory.CreateTempSubdirectory("lnvps-images-").FullName;
    readonly HttpClient _http = OutgoingHttp.ForDownloads();

    public void Dispose()
    {
        _http.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    ImageCache Cache(TimeProvider? time = null) => new(_folder, _http, time ?? TimeProvider.System, MaxBytes);

    static OsImage Image(Uri url, Bytes32? checksum) => new(new ImageId(3), url, checksum, DefaultUser: null);

    static FileServer Serving(string head, byte[] body) => new((_, stream, _) => FileServer.Send(stream, head, body));

    static FileServer Good() => Serving($"200 OK\r\nContent-Length: {Content.Length}", Content);

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
            Assert.Equal(Checksum, file.Sha256);
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
        using var server = Good();
        var image = Image(server.Url("debian.raw"), null);
        for (var i = 0; i < 2; i++)
        {
            using var file = await Cache().Open(image, null, default);
            Assert.Equal(Content, ReadAll(file));
            Assert.Empty(Directory.GetFiles(_folder));
        }
        Assert.Equal(2, server.Requests);
    }

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
        var fault = await Refused(Image(server.Url("debian.raw"), default(Bytes32)));
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
        Assert.False((await Refused(Image(server.Url("loop"), null))).IsTransient);
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
        Assert.False((await Assert.ThrowsAsync<OutsideFault>(() => Cache().Open(Image(new Uri(path), default(Bytes32)), null, default))).IsTransient);
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
