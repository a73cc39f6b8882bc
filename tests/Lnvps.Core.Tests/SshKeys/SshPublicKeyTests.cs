using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Randomness;
using Lnvps.Core.SshKeys;

namespace Lnvps.Core.Tests.SshKeys;

/// <summary>customer-api.md section 6.4.</summary>
public class SshPublicKeyTests
{
    static SshPublicKey Key(string line) => SshPublicKey.Parse(line).Value;

    static string Message(string line) => SshPublicKey.Parse(line).Refusal?.Message ?? "accepted";

    public static TheoryData<string> Good => [.. KeygenVectors.Good];

    [Theory]
    [MemberData(nameof(Good))]
    public void What_ssh_keygen_writes_is_read_and_written_back(string line)
    {
        var key = Key(line);
        Assert.Equal(line, key.ToString());
        Assert.Equal(line.Split(' ')[0], key.Algorithm);
    }

    [Fact]
    public void Comments()
    {
        Assert.Equal("me@laptop", Key(KeygenVectors.Ed25519).Comment);
        Assert.Equal("rsa key with spaces", Key(KeygenVectors.Rsa2048).Comment);
        Assert.Equal("", Key(KeygenVectors.Rsa1024WithoutComment).Comment);
        Assert.Equal("clé", Key(Words(KeygenVectors.Ed25519) + " clé").Comment);
    }

    [Fact]
    public void White_space_around_and_between_is_tidied()
    {
        var (algorithm, blob) = (KeygenVectors.Ed25519.Split(' ')[0], KeygenVectors.Ed25519.Split(' ')[1]);
        Assert.Equal(KeygenVectors.Ed25519, Key($"\r\n  {algorithm} \t {blob}   me@laptop \n\n").ToString());
    }

    [Fact]
    public void Refusals()
    {
        Assert.Equal("SSH key is empty", Message(" \n"));
        Assert.Equal("Only one SSH key is accepted", Message(KeygenVectors.Ed25519 + "\n" + KeygenVectors.P256));
        Assert.StartsWith("SSH key must start with its algorithm", Message("command=\"/bin/sh\" " + KeygenVectors.Ed25519), StringComparison.Ordinal);
        Assert.StartsWith("SSH key must start with its algorithm", Message("no-pty " + KeygenVectors.Ed25519), StringComparison.Ordinal);
        Assert.StartsWith("SSH key must start with its algorithm", Message(KeygenVectors.Dsa), StringComparison.Ordinal);
        Assert.StartsWith("SSH key must start with its algorithm", Message(KeygenVectors.Certificate), StringComparison.Ordinal);
        Assert.StartsWith("SSH key must start with its algorithm", Message("-----BEGIN OPENSSH PRIVATE KEY-----"), StringComparison.Ordinal);
        Assert.StartsWith("SSH key must start with its algorithm", Message("SSH-ED25519 AAAA"), StringComparison.Ordinal);
        Assert.Equal("SSH key is not valid base64", Message("ssh-ed25519"));
        Assert.Equal("SSH key is not valid base64", Message("ssh-ed25519 AAA"));
        Assert.Equal("SSH key is not valid base64", Message("ssh-ed25519 A*AA"));
        Assert.Equal("SSH key does not contain the algorithm that it names", Message("ssh-rsa " + KeygenVectors.Ed25519.Split(' ')[1]));
        Assert.Equal("SSH key comment contains control characters", Message(Words(KeygenVectors.Ed25519) + " a\0b"));
        Assert.Equal("SSH key is too long", Message(KeygenVectors.Ed25519 + new string('x', SshPublicKey.LongestLine)));
        Assert.Equal(RefusalKind.Invalid, SshPublicKey.Parse("?").Refusal!.Kind);
    }

    /// <summary>Blobs with the right name but a wrong inside.</summary>
    [Fact]
    public void The_inside_must_be_a_key()
    {
        Assert.Equal("accepted", Build("ssh-ed25519", new byte[32]));
        Assert.Equal(Invalid("ssh-ed25519"), Build("ssh-ed25519", new byte[31]));
        Assert.Equal(Invalid("ssh-ed25519"), Build("ssh-ed25519", new byte[32], []));
        Assert.Equal(Invalid("ssh-ed25519"), Build("ssh-ed25519"));

        Assert.Equal("accepted", Build("ssh-rsa", [3], Modulus(1_024)));
        Assert.Equal("accepted", Build("ssh-rsa", [1, 0, 1], Modulus(16_384)));
        Assert.Equal(Invalid("ssh-rsa"), Build("ssh-rsa", [3], Modulus(1_016)));
        Assert.Equal(Invalid("ssh-rsa"), Build("ssh-rsa", [1, 0, 1], Modulus(16_392)));
        Assert.Equal(Invalid("ssh-rsa"), Build("ssh-rsa", [1], Modulus(2_048)));
        Assert.Equal(Invalid("ssh-rsa"), Build("ssh-rsa", [4], Modulus(2_048)));
        Assert.Equal(Invalid("ssh-rsa"), Build("ssh-rsa", [], Modulus(2_048)));
        Assert.Equal(Invalid("ssh-rsa"), Build("ssh-rsa", [0, 3], Modulus(2_048)));
        Assert.Equal(Invalid("ssh-rsa"), Build("ssh-rsa", [3], Modulus(2_048)[1..]));
        Assert.Equal(Invalid("ssh-rsa"), Build("ssh-rsa", [3], [0]));

        Assert.Equal("accepted", Build("ecdsa-sha2-nistp256", "nistp256"u8.ToArray(), Point(65)));
        Assert.Equal(Invalid("ecdsa-sha2-nistp256"), Build("ecdsa-sha2-nistp256", "nistp384"u8.ToArray(), Point(97)));
        Assert.Equal(Invalid("ecdsa-sha2-nistp256"), Build("ecdsa-sha2-nistp256", "nistp256"u8.ToArray(), Point(33)));
        Assert.Equal(Invalid("ecdsa-sha2-nistp256"), Build("ecdsa-sha2-nistp256", "nistp256"u8.ToArray(), new byte[65]));
        Assert.Equal(Invalid("sk-ssh-ed25519@openssh.com"), Build("sk-ssh-ed25519@openssh.com", new byte[32]));
        Assert.Equal(Invalid("sk-ssh-ed25519@openssh.com"), Build("sk-ssh-ed25519@openssh.com", new byte[32], []));
    }

    [Theory]
    [InlineData("laptop", "laptop")]
    [InlineData("  ", "me@laptop")]
    [InlineData("", "me@laptop")]
    public void Names(string wanted, string name) => Assert.Equal(name, Key(KeygenVectors.Ed25519).NameFor(wanted).Value);

    [Fact]
    public void A_key_without_name_and_comment_is_called_after_its_algorithm()
    {
        Assert.Equal("ssh-rsa", Key(KeygenVectors.Rsa1024WithoutComment).NameFor("").Value);
        Assert.True(Key(KeygenVectors.Ed25519).NameFor(new string('é', 100)).IsOk);
        Assert.False(Key(KeygenVectors.Ed25519).NameFor(new string('é', 101)).IsOk);
        Assert.False(Key(Words(KeygenVectors.Ed25519) + " " + new string('x', 101)).NameFor("").IsOk);
    }

    /// <summary>A lost, added or changed byte of a good line is refused, or is read as what it says: it never crashes and always round-trips.</summary>
    [Fact]
    public void Ten_thousand_damaged_lines()
    {
        var random = new SeededRandomness(64);
        for (var i = 0; i < 10_000; i++)
        {
            var line = new StringBuilder(KeygenVectors.Good[(int)random.Below((UInt128)KeygenVectors.Good.Length)]);
            for (var damage = (int)random.Below(4); damage >= 0; damage--)
                Damage(line, random);
            if (SshPublicKey.Parse(line.ToString()) is { IsOk: true, Value: var key })
                Assert.Equal(key.ToString(), Key(key.ToString()).ToString());
        }
    }

    [Fact]
    public void Ten_thousand_random_blobs()
    {
        var random = new SeededRandomness(65);
        for (var i = 0; i < 10_000; i++)
        {
            var algorithm = KeygenVectors.Good[(int)random.Below((UInt128)KeygenVectors.Good.Length)].Split(' ')[0];
            var inside = new byte[(int)random.Below(120)];
            random.Fill(inside);
            byte[] blob = [0, 0, 0, (byte)algorithm.Length, .. Encoding.ASCII.GetBytes(algorithm), .. inside];
            _ = SshPublicKey.Parse($"{algorithm} {Convert.ToBase64String(blob)}");
        }
    }

    [Fact]
    public void Any_text_is_answered() =>
        Prop.ForAll(ArbMap.Default.ArbFor<string>().Filter(text => text is not null), text =>
        {
            var parsed = SshPublicKey.Parse(text);
            return !parsed.IsOk || Key(parsed.Value.ToString()).ToString() == parsed.Value.ToString();
        }).QuickCheckThrowOnFailure();

    static void Damage(StringBuilder line, SeededRandomness random)
    {
        if (line.Length == 0)
            line.Append(' ');
        var at = (int)random.Below((UInt128)line.Length);
        var c = (char)(byte)random.Below(128);
        switch ((int)random.Below(4))
        {
            case 0:
                line[at] = c;
                break;
            case 1:
                line.Insert(at, c);
                break;
            case 2:
                line.Remove(at, 1);
                break;
            default:
                line.Length = Math.Max(at, 1);
                break;
        }
    }

    static string Words(string line) => string.Join(' ', line.Split(' ')[..2]);

    static string Invalid(string algorithm) => $"SSH key is not a valid {algorithm} key";

    static string Build(string algorithm, params byte[][] fields)
    {
        var blob = new List<byte>();
        foreach (var field in fields.Prepend(Encoding.ASCII.GetBytes(algorithm)))
            blob.AddRange([0, 0, (byte)(field.Length >> 8), (byte)(field.Length & 0xFF), .. field]);
        return Message($"{algorithm} {Convert.ToBase64String([.. blob])}");
    }

    /// <summary>An odd mpint of so many bits, with its leading zero byte.</summary>
    static byte[] Modulus(int bits)
    {
        var number = new byte[1 + bits / 8];
        number[1] = 0x80;
        number[^1] |= 1;
        return number;
    }

    static byte[] Point(int length)
    {
        var point = new byte[length];
        point[0] = 4;
        return point;
    }
}
