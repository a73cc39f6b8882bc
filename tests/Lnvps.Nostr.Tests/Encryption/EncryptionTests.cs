using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Lnvps.Core.Randomness;
using Lnvps.Nostr.Encryption;
using Lnvps.Nostr.Keys;

namespace Lnvps.Nostr.Tests.Encryption;

public class EncryptionTests
{
    static readonly SecretKey s_one = SecretKey.Parse("0000000000000000000000000000000000000000000000000000000000000001");
    static readonly SecretKey s_two = SecretKey.Parse("0000000000000000000000000000000000000000000000000000000000000002");

    [Fact]
    public void The_example_of_the_specification()
    {
        using var key = Nip44Key.Between(s_one, s_two.PublicKey)!;
        Assert.Equal("c41c775356fd92eadc63ff5a0dc1da211b268cbea22316767095b2871ea1412d", Convert.ToHexStringLower(key.Bytes));
        var nonce = new byte[32];
        nonce[31] = 1;
        Assert.Equal("AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABee0G5VSK0/9YypIObAtDKfYEAjD35uVkHyB0F4DwrcNaCXlCWZKaArsGrY6M9wnuTMxWfp1RTN9Xga8no+kF5Vsb",
            Nip44.Encrypt(key, "a", nonce));
    }

    [Theory]
    [InlineData(16, 32)]
    [InlineData(32, 32)]
    [InlineData(33, 64)]
    [InlineData(65, 96)]
    [InlineData(100, 128)]
    [InlineData(200, 224)]
    [InlineData(250, 256)]
    [InlineData(320, 320)]
    [InlineData(383, 384)]
    [InlineData(400, 448)]
    [InlineData(500, 512)]
    [InlineData(515, 640)]
    [InlineData(700, 768)]
    [InlineData(800, 896)]
    [InlineData(900, 1024)]
    public void Padding_of_the_specification(int length, int padded) => Assert.Equal(padded, Nip44Padding.PaddedLength(length));

    [Fact]
    public void Both_sides_read_what_either_wrote()
    {
        using var ours = Nip44Key.Between(s_one, s_two.PublicKey)!;
        using var theirs = Nip44Key.Between(s_two, s_one.PublicKey)!;
        var random = new SeededRandomness(7);
        Prop.ForAll(ArbMap.Default.ArbFor<UnicodeString>(), text =>
        {
            if (text.Get.Length == 0 || text.Get.Any(char.IsSurrogate))
                return true;
            return Nip44.TryDecrypt(theirs, Nip44.Encrypt(ours, text.Get, random), out var read) && read == text.Get
                && Nip04.TryDecrypt(s_two, s_one.PublicKey, Nip04.Encrypt(s_one, s_two.PublicKey, text.Get, random), out var old) && old == text.Get;
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Padding_never_shrinks_and_always_fits()
    {
        var last = 0;
        for (var length = 1; length <= Nip44.LongestText; length++)
        {
            var padded = Nip44Padding.PaddedLength(length);
            Assert.True(padded >= length && padded >= last && padded % 32 == 0);
            last = padded;
        }
        Assert.Throws<ArgumentOutOfRangeException>(() => Nip44Padding.PaddedLength(0));
    }

    [Fact]
    public void Any_change_of_a_payload_is_noticed()
    {
        using var key = Nip44Key.Between(s_one, s_two.PublicKey)!;
        var payload = Nip44.Encrypt(key, "a text that is genuine", new SeededRandomness(1));
        for (var i = 0; i < payload.Length; i++)
        {
            var changed = payload.ToCharArray();
            changed[i] = changed[i] == 'A' ? 'B' : 'A';
            Assert.False(Nip44.TryDecrypt(key, new string(changed), out _), $"at {i}");
        }
    }

    [Fact]
    public void Garbage_is_refused_and_never_throws()
    {
        using var key = Nip44Key.Between(s_one, s_two.PublicKey)!;
        var random = new Random(4711);
        var good = Nip44.Encrypt(key, new string('x', 100), new SeededRandomness(1));
        var old = Nip04.Encrypt(s_one, s_two.PublicKey, "Saturn", new SeededRandomness(1));
        for (var i = 0; i < 20_000; i++)
        {
            var bytes = new byte[random.Next(300)];
            random.NextBytes(bytes);
            string[] payloads =
            [
                Convert.ToBase64String(bytes), Encoding.Latin1.GetString(bytes), $"{Convert.ToBase64String(bytes)}?iv={Convert.ToBase64String(bytes)}",
                Bend(good), Bend(old),
            ];
            foreach (var payload in payloads)
            {
                Assert.False(Nip44.TryDecrypt(key, payload, out _) && payload != good);
                if (Nip04.TryDecrypt(s_one, s_two.PublicKey, payload, out var text))
                    Assert.NotNull(text); // Nothing in the old encryption tells garbage from text.
            }
        }

        string Bend(string text)
        {
            var at = random.Next(text.Length);
            return random.Next(3) switch
            {
                0 => text.Remove(at, 1),
                1 => text.Insert(at, ((char)random.Next(32, 300)).ToString()),
                _ => $"{text[..at]}{(char)random.Next(1, 128)}{text[(at + 1)..]}",
            };
        }
    }

    [Fact]
    public void The_old_encryption_reads_the_example_of_the_specification()
    {
        using var receiver = SecretKey.Parse("7b911fd37cdf5c81d4c0adb1ab7fa822ed253ab0ad9aa18d77257c88b29b718e");
        using var sender = SecretKey.Parse("6b911fd37cdf5c81d4c0adb1ab7fa822ed253ab0ad9aa18d77257c88b29b718e");
        Assert.True(Nip04.TryDecrypt(receiver, sender.PublicKey, "dJc+WbBgaFCD2/kfg1XCWJParplBDxnZIdJGZ6FCTOg=?iv=M6VxRPkMZu7aIdD+10xPuw==", out var text));
        Assert.Equal("Saturn, bringer of old age", text);
    }
}
