using FsCheck;
using FsCheck.Fluent;
using Lnvps.Database.Encryption;
using Lnvps.Testing.Databases;

namespace Lnvps.Database.Tests.Encryption;

public class FieldCipherTests
{
    const string Hello = "ENC:AAECAwQFBgcICQoLL2e6d6onl/81O4oEbSgjbc2dBXu7";
    const string HelloVersioned = "ENC1:630dcd29:AAECAwQFBgcICQoLL2e6d6onl/81O4oEbSgjbc2dBXu7";
    const string Empty = "ENC:AAECAwQFBgcICQoL9MLbHcOIBaN7khccXQqBzA==";

    static readonly EncryptionKey OtherKey = new([.. Enumerable.Repeat((byte)7, EncryptionKey.Length)]);

    static FieldCipher Counting(bool versioned = false) => new([TestCiphers.Key], versioned, nonce =>
    {
        for (var i = 0; i < nonce.Length; i++)
            nonce[i] = (byte)i;
    });

    [Theory]
    [InlineData("hello", false, Hello)]
    [InlineData("hello", true, HelloVersioned)]
    [InlineData("", false, Empty)]
    public void The_test_values_of_the_specification_hold(string plain, bool versioned, string stored)
    {
        Assert.Equal(stored, Counting(versioned).Seal(plain).Stored);
        Assert.Equal(plain, Counting(!versioned).Open(SealedText.FromStored(stored)));
    }

    [Fact]
    public void Every_text_comes_back_and_never_looks_the_same_twice() =>
        Prop.ForAll(Texts, text =>
        {
            var cipher = new FieldCipher([TestCiphers.Key]);
            var (first, second) = (cipher.Seal(text), cipher.Seal(text));
            var bytes = System.Text.Encoding.UTF8.GetByteCount(text);
            return cipher.Open(first) == text && first != second && first.Stored.Length == 4 + 4 * ((28 + bytes + 2) / 3);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_change_of_any_character_is_noticed() =>
        Prop.ForAll(Texts, Gen.Choose(0, int.MaxValue).ToArbitrary(), (text, where) =>
        {
            var cipher = TestCiphers.Fixed(where, versioned: where % 2 == 0);
            var stored = cipher.Seal(text).Stored.ToCharArray();
            var at = where % stored.Length;
            stored[at] = stored[at] == 'x' ? 'y' : 'x';
            var changed = SealedText.FromStored(new string(stored));
            // A broken prefix turns the value into plaintext of the old kind, which is given back as it is; anything else is unreadable.
            return cipher.TryOpen(changed, out var plain) ? plain == changed.Stored || IsSpareBit(stored, at, plain, text) : true;
        }).QuickCheckThrowOnFailure();

    // The last digit before '=' has bits that belong to no byte.
    static bool IsSpareBit(char[] stored, int at, string plain, string text) => plain == text && stored[at + 1] == '=';

    [Fact]
    public void Plaintext_of_old_passes_through_with_and_without_key()
    {
        foreach (var text in new[] { "", "a@b.example", "enc:AAAA", "Enc1:x", "ENC", "ENC2:abc" })
        {
            Assert.Equal(text, FieldCipher.Off.Open(SealedText.FromStored(text)));
            Assert.Equal(text, TestCiphers.Fixed().Open(SealedText.FromStored(text)));
            Assert.Equal(text, FieldCipher.Off.Seal(text).Stored);
        }
    }

    [Theory]
    [InlineData("ENC:")]
    [InlineData("ENC:hello")]
    [InlineData("ENC1:")]
    [InlineData("ENC1:630dcd29:x")]
    public void Without_key_a_text_that_looks_encrypted_is_refused(string text)
    {
        Assert.Throws<UnstorableTextException>(() => FieldCipher.Off.Seal(text));
        Assert.False(FieldCipher.Off.TryOpen(SealedText.FromStored(text), out _));
        var cipher = TestCiphers.Fixed();
        Assert.Equal(text, cipher.Open(cipher.Seal(text)));
    }

    [Fact]
    public void Each_value_finds_its_key_among_several()
    {
        var old = new FieldCipher([OtherKey]).Seal("old");
        var oldVersioned = new FieldCipher([OtherKey], writesVersioned: true).Seal("old versioned");
        var both = new FieldCipher([TestCiphers.Key, OtherKey]);

        Assert.Equal("old", both.Open(old));
        Assert.Equal("old versioned", both.Open(oldVersioned));
        Assert.Equal("new", TestCiphers.Fixed().Open(both.Seal("new")));
    }

    [Fact]
    public void A_foreign_key_is_named_beside_the_loaded_ones()
    {
        var value = new FieldCipher([OtherKey], writesVersioned: true).Seal("secret");
        var error = Assert.Throws<UnreadableTextException>(() => TestCiphers.Fixed().Open(value));
        Assert.Contains(OtherKey.Id, error.Message, StringComparison.Ordinal);
        Assert.Contains("630dcd29", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Values_and_keys_do_not_print()
    {
        Assert.Equal("[ENCRYPTED]", $"{FieldCipher.Off.Seal("secret")}");
        Assert.Equal("[ENCRYPTED]", default(SealedText).ToString());
        Assert.Equal("630dcd29", TestCiphers.Key.ToString());
    }

    [Fact]
    public void No_stored_text_does_more_than_be_unreadable()
    {
        const int Seed = 20260301;
        var random = new Random(Seed);
        var cipher = TestCiphers.Fixed();
        string[] prefixes = ["", "ENC:", "ENC1:", "ENC1:630dcd29:", "ENC1:630dcd2:", "ENC1:630DCD29:", "ENC1::", "ENC1:630dcd29"];
        for (var i = 0; i < 20_000; i++)
        {
            var prefix = prefixes[random.Next(prefixes.Length)];
            var tail = new char[random.Next(80)];
            var alphabet = random.Next(3) switch { 0 => "ABCDabcd0123+/=", 1 => "AB= \n\t:", _ => "\0\u00e9\ud83d\ude00=A" };
            for (var n = 0; n < tail.Length; n++)
                tail[n] = alphabet[random.Next(alphabet.Length)];
            var text = prefix + new string(tail);
            var readable = cipher.TryOpen(SealedText.FromStored(text), out var plain);
            Assert.True(readable == !(text.StartsWith("ENC:", StringComparison.Ordinal) || text.StartsWith("ENC1:", StringComparison.Ordinal)),
                $"seed {Seed}, round {i}: {text}");
            Assert.True(!readable || plain == text, $"seed {Seed}, round {i}: {text}");
        }
    }

    [Theory]
    [InlineData(" \n")]
    [InlineData("==")]
    public void Base64_is_read_strictly(string tail) =>
        Assert.False(TestCiphers.Fixed().TryOpen(SealedText.FromStored(Hello + tail), out _));

    // Any text but lone surrogates, which are no text.
    static readonly Arbitrary<string> Texts = ArbMap.Default.GeneratorFor<string>()
        .Select(text => new string([.. (text ?? "").Where(c => !char.IsSurrogate(c))]) + (text?.Length % 3 == 0 ? "\U0001f600" : ""))
        .ToArbitrary();
}
