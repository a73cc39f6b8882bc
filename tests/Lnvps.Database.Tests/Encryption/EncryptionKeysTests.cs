using Lnvps.Database.Encryption;
using Lnvps.Testing.Databases;

namespace Lnvps.Database.Tests.Encryption;

public sealed class EncryptionKeysTests : IDisposable
{
    const string KeyHex = "000102030405060708090a0b0c0d0e0f101112131415161718191A1B1C1D1E1F";

    readonly string _folder = Directory.CreateTempSubdirectory("lnvps-keys-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    string KeyFile => Path.Combine(_folder, "deep", "down", "key");

    static Task<FieldCipher> Load(EncryptionSettings? settings, string? variable = null) =>
        EncryptionKeys.Load(settings, name => name == "LNVPS_ENCRYPTION_KEY" ? variable : null, TimeProvider.System, default);

    [Fact]
    public async Task Without_settings_encryption_is_off() => Assert.False((await Load(null)).IsOn);

    [Fact]
    public async Task A_missing_file_is_made_once_for_the_owner_only()
    {
        var settings = new EncryptionSettings(KeyFile, AutoGenerate: true);
        var value = (await Load(settings)).Seal("kept");

        Assert.Equal(32, new FileInfo(KeyFile).Length);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, OperatingSystem.IsWindows() ? default : File.GetUnixFileMode(KeyFile));
        Assert.Equal("kept", (await Load(settings)).Open(value));
        Assert.Equal("kept", (await Load(settings with { AutoGenerate = false })).Open(value));
    }

    [Fact]
    public async Task A_missing_file_is_an_error_without_auto_generate()
    {
        var error = await Assert.ThrowsAsync<EncryptionRefused>(() => Load(new EncryptionSettings(KeyFile)));
        Assert.Contains(KeyFile, error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(KeyFile));
    }

    [Theory]
    [InlineData(31)]
    [InlineData(33)]
    [InlineData(64)]
    public async Task A_file_of_another_length_is_refused_and_left_alone(int length)
    {
        var path = Path.Combine(_folder, "key");
        await File.WriteAllBytesAsync(path, new byte[length]);
        var error = await Assert.ThrowsAsync<EncryptionRefused>(() => Load(new EncryptionSettings(path, AutoGenerate: true)));
        Assert.Contains("32", error.Message, StringComparison.Ordinal);
        Assert.Equal(length, new FileInfo(path).Length);
    }

    [Fact]
    public async Task Programs_that_start_together_end_with_one_key()
    {
        var settings = new EncryptionSettings(KeyFile, AutoGenerate: true);
        var ciphers = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(() => Load(settings))));
        var value = ciphers[0].Seal("shared");
        Assert.All(ciphers, cipher => Assert.Equal("shared", cipher.Open(value)));
    }

    [Fact]
    public async Task A_file_that_another_process_is_still_writing_is_waited_for()
    {
        var path = Path.Combine(_folder, "key");
        await File.WriteAllBytesAsync(path, []);
        var loading = Load(new EncryptionSettings(path, AutoGenerate: true));
        await File.WriteAllBytesAsync(path, [.. Enumerable.Range(0, 32).Select(i => (byte)i)]);
        Assert.Equal("hello", (await loading).Open(TestCiphers.Fixed().Seal("hello")));
    }

    [Fact]
    public async Task The_variable_goes_before_the_file_which_then_only_reads()
    {
        var settings = new EncryptionSettings(KeyFile, AutoGenerate: true);
        var older = (await Load(settings)).Seal("from the file");
        var cipher = await Load(settings, $"  {KeyHex}\n");

        Assert.Equal("from the file", cipher.Open(older));
        Assert.Equal("new", TestCiphers.Fixed().Open(cipher.Seal("new")));
    }

    [Fact]
    public async Task The_variable_alone_switches_encryption_on_and_makes_no_file()
    {
        Assert.True((await Load(null, KeyHex)).IsOn);
        Assert.True((await Load(new EncryptionSettings(KeyFile, AutoGenerate: true), KeyHex)).IsOn);
        Assert.False(File.Exists(KeyFile));
    }

    [Theory]
    [InlineData("")]
    [InlineData("0001")]
    [InlineData("g00102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f")]
    [InlineData("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f00")]
    public async Task A_malformed_variable_is_an_error_that_does_not_repeat_it(string variable)
    {
        var error = await Assert.ThrowsAsync<EncryptionRefused>(() => Load(null, variable));
        Assert.Equal("LNVPS_ENCRYPTION_KEY is not 64 hex digits", error.Message);
    }

    [Fact]
    public async Task Old_key_files_decrypt()
    {
        var old = new EncryptionSettings(Path.Combine(_folder, "old"), AutoGenerate: true);
        var value = (await Load(old)).Seal("old");
        var cipher = await Load(new EncryptionSettings(KeyFile, AutoGenerate: true) { OldKeyFiles = [old.KeyFile], Versioned = true });

        Assert.Equal("old", cipher.Open(value));
        Assert.StartsWith("ENC1:", cipher.Seal("x").Stored, StringComparison.Ordinal);
    }
}
