using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using Lnvps.Core.Catalogue;
using Lnvps.Core.Time;
using Lnvps.Database.Encryption;
using Lnvps.Database.Sessions;
using Lnvps.Database.Sqlite;

namespace Lnvps.EndToEnd.Tests;

/// <summary>
/// A real Debian with systemd, OpenSSH and cloud-init, from an ordinary entry of the catalogue: downloaded over HTTP, verified against its publisher's list, booted,
/// looked at from inside, removed.
/// </summary>
[Collection(RealHostTests.Name)]
[Trait("Speed", "slow"), Trait("Needs", "libvirt")]
public class DebianGuestTests(RealHost host) : IClassFixture<RealHost>
{
    const uint Medium = 3; // Two cores: under emulation both of this machine's work for it.
    const int MediumDiskMib = 8 << 10;

    static readonly TimeSpan Limit = TimeSpan.FromMinutes(4);

    [Fact]
    public async Task A_downloaded_Debian_is_what_was_sold_and_goes_without_a_trace()
    {
        var folder = host.NewFolder();
        await using var shop = new ShopProcess(folder, host.Arguments);
        await shop.Start();
        var file = (await Shell.Run(Path.Combine(ShopProcess.Root, "guest", "build-debian"))).Trim();
        using var publisher = new Publisher(file);
        using var customer = new Customer(shop.Address) { User = "debian" };

        var vm = await customer.Order(Medium, await Offer(folder, publisher));
        await customer.Pay(vm);
        var seen = new List<uint>();
        await Eventually.True("the machine", Limit, async () =>
        {
            var build = (await customer.Get($"/api/v1/action?vm_id={vm}")).AsArray().FirstOrDefault();
            if (build?["steps"]?.AsArray().LastOrDefault()?["percent"] is { } percent)
                seen.Add(percent.GetValue<uint>());
            return await customer.State(vm) == "running";
        });
        Assert.Contains(seen, percent => percent is > 0 and < 100);
        Assert.Contains("'fetch the image' is at", shop.Log, StringComparison.Ordinal);
        Assert.Equal(1, publisher.Downloads);

        var addresses = await customer.Addresses(vm);
        await customer.UntilSsh(addresses[0]);
        await CloudInitIsDone(customer, addresses[0]);
        await GuestIsWhatWasSold(customer, vm, addresses);

        await customer.Post($"/api/dev/v1/vm/{vm}/delete", null);
        await Eventually.True("the machine to go", Limit, async () => (await customer.Get("/api/v1/vm")).AsArray().Count == 0);
        foreach (var left in new[] { await host.Virsh("list", "--all", "--name"), await host.Virsh("nwfilter-list"), await host.Volumes() })
        {
            Assert.DoesNotContain($"VM{vm}\n", left, StringComparison.Ordinal);
            Assert.DoesNotContain($"vm-{vm}", left, StringComparison.Ordinal);
        }
    }

    static async Task<uint> Offer(string folder, Publisher publisher)
    {
        var db = new Db(new SqliteDialect(Path.Combine(folder, "lnvps.db")), FieldCipher.Off, TimeProvider.System);
        return await db.Write(session => session.Insert("""
            INSERT INTO vm_os_image (distribution, flavour, version, enabled, release_date, url, default_username, sha2_url)
            VALUES (@debian, 'Server', '12', 1, @now, @url, 'debian', @sums)
            """, new
        {
            debian = OsDistribution.Debian,
            now = Instant.From(TimeProvider.System.GetUtcNow()),
            url = publisher.Url("debian-12.qcow2"),
            sums = publisher.Url("SHA512SUMS"),
        }, CancellationToken.None), CancellationToken.None);
    }

    static Task CloudInitIsDone(Customer customer, string address) => Eventually.True("cloud-init", Limit, async () =>
    {
        var (_, output) = await customer.Ssh(address, "timeout 50 cloud-init status --wait");
        Assert.DoesNotContain("error", output, StringComparison.Ordinal);
        return output.Contains("status: done", StringComparison.Ordinal);
    });

    // One sign-in: each takes seconds under emulation.
    static async Task GuestIsWhatWasSold(Customer customer, uint vm, List<string> addresses)
    {
        var answers = (await customer.Run(addresses[0], """
            set -e; . /etc/os-release; echo "$ID $VERSION_ID"; echo ---
            hostname; echo ---
            ip -o addr show scope global | awk '{ print $4 }'; echo ---
            sort -u .ssh/authorized_keys; echo ---
            df -m --output=size / | tail -n 1; echo ---
            sudo -n id -un; echo ---
            systemctl --failed --no-legend --plain; echo ---
            grep -c nameserver /etc/resolv.conf; echo ---
            sudo /usr/local/sbin/update-boot-partition; sudo mount /boot/efi; sudo ls /boot/efi
            """)).Split("---\n").Select(answer => answer.Trim()).ToList();

        Assert.Equal("debian 12", answers[0]);
        Assert.Equal($"VM{vm}", answers[1]);
        Assert.Equal(addresses.Order(StringComparer.Ordinal), answers[2].Split('\n').Order(StringComparer.Ordinal));
        Assert.Equal(customer.PublicKey, answers[3]);
        // Less boot partition and the file system's own tables.
        Assert.InRange(int.Parse(answers[4], CultureInfo.InvariantCulture), MediumDiskMib * 9 / 10, MediumDiskMib);
        Assert.Equal("root", answers[5]);
        Assert.Equal("", answers[6]);
        Assert.NotEqual("0", answers[7]);
        // After an update of the kernel the new one would be started.
        Assert.Equal(["initrd.img", "vmlinuz"], answers[8].Split('\n').Where(name => name.Contains("initrd", StringComparison.Ordinal) || name.Contains("vmlinuz", StringComparison.Ordinal)));
    }

    /// <summary>Publishes one image with its checksum list, no faster than a good line.</summary>
    sealed class Publisher : IDisposable
    {
        const int ChunkBytes = 8 << 20;

        static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(150);

        readonly HttpListener _listener = new();
        readonly string _file;
        readonly string _prefix;
        int _downloads;

        public Publisher(string file)
        {
            _file = file;
            _prefix = $"http://127.0.0.1:{ShopProcess.FreePort()}/";
            _listener.Prefixes.Add(_prefix);
            _listener.Start();
            _ = Serve();
        }

        public int Downloads => _downloads;

        public string Url(string path) => _prefix + path;

        async Task Serve()
        {
            while (_listener.IsListening)
            {
                var context = await _listener.GetContextAsync();
                using var answer = context.Response;
                await using var image = File.OpenRead(_file);
                if (context.Request.Url!.AbsolutePath == "/SHA512SUMS")
                {
                    var list = $"{Convert.ToHexStringLower(await SHA512.HashDataAsync(image))}  debian-12.qcow2\n";
                    await answer.OutputStream.WriteAsync(System.Text.Encoding.ASCII.GetBytes(list));
                    continue;
                }
                Interlocked.Increment(ref _downloads);
                answer.ContentLength64 = image.Length;
                var chunk = new byte[ChunkBytes];
                while (await image.ReadAsync(chunk) is > 0 and var read)
                {
                    await answer.OutputStream.WriteAsync(chunk.AsMemory(0, read));
                    await Task.Delay(Pause, TimeProvider.System);
                }
            }
        }

        public void Dispose() => _listener.Close();
    }
}
