using System.Security.Cryptography;

namespace Lnvps.Database.Encryption;

/// <summary>Keys cannot be loaded; the program must not start. The message names the file or variable, never a key.</summary>
public sealed class EncryptionRefused(string message, Exception? cause = null) : Exception(message, cause);

/// <summary>Loads the keys of field encryption (data-model.md section 5.3 and 5.5).</summary>
public static class EncryptionKeys
{
    /// <summary>64 hex digits; goes before the key file.</summary>
    public const string Variable = "LNVPS_ENCRYPTION_KEY";

    const int Looks = 50;
    static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(40);

    /// <summary>Loads all keys and makes the key file where settings say so; <see cref="FieldCipher.Off"/> when nothing is configured.</summary>
    /// <param name="settings">Null: no <c>encryption</c> block.</param>
    /// <param name="environment">Reads an environment variable.</param>
    /// <param name="time">Real time, to wait for another process that is writing the same key file.</param>
    /// <exception cref="EncryptionRefused">A key is missing or malformed.</exception>
    public static async Task<FieldCipher> Load(EncryptionSettings? settings, Func<string, string?> environment, TimeProvider time, CancellationToken stop)
    {
        var keys = new List<EncryptionKey>();
        if (environment(Variable) is { } hex)
            keys.Add(EncryptionKey.TryParseHex(hex, out var key) ? key : throw new EncryptionRefused($"{Variable} is not 64 hex digits"));
        if (settings is not null)
        {
            // With the variable set, a key file only serves to read what was written with it.
            if (keys.Count == 0 && settings.AutoGenerate)
                Generate(settings.KeyFile);
            if (keys.Count == 0 || File.Exists(settings.KeyFile))
                keys.Add(await ReadFile(settings.KeyFile, time, stop));
            foreach (var file in settings.OldKeyFiles)
                keys.Add(await ReadFile(file, time, stop));
        }
        return keys.Count == 0 ? FieldCipher.Off : new FieldCipher([.. keys.DistinctBy(key => key.Id)], settings?.Versioned ?? false);
    }

    /// <summary>Makes the file unless it exists. Only the one process that creates it writes, and nobody else can read it at any moment.</summary>
    static void Generate(string path)
    {
        if (File.Exists(path))
            return;
        try
        {
            if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder)
                Directory.CreateDirectory(folder);
            var bytes = RandomNumberGenerator.GetBytes(EncryptionKey.Length);
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.Read };
            if (!OperatingSystem.IsWindows())
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            using var file = new FileStream(path, options);
            file.Write(bytes);
            file.Flush(flushToDisk: true);
            CryptographicOperations.ZeroMemory(bytes);
        }
        catch (IOException) when (File.Exists(path))
        {
            // Another process was first; its key is read.
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new EncryptionRefused($"Cannot create the key file {path}: {error.Message}", error);
        }
    }

    static async Task<EncryptionKey> ReadFile(string path, TimeProvider time, CancellationToken stop)
    {
        for (var look = 1; ; look++)
        {
            byte[] bytes;
            try
            {
                bytes = await File.ReadAllBytesAsync(path, stop);
            }
            catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
            {
                throw new EncryptionRefused($"The key file {path} does not exist; create it or set encryption.auto-generate", error);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                throw new EncryptionRefused($"Cannot read the key file {path}: {error.Message}", error);
            }
            if (bytes.Length == EncryptionKey.Length)
            {
                var key = new EncryptionKey(bytes);
                CryptographicOperations.ZeroMemory(bytes);
                return key;
            }
            // Too short: another process may have created the file a moment ago and be writing it.
            if (bytes.Length > EncryptionKey.Length || look == Looks)
                throw new EncryptionRefused($"The key file {path} must hold exactly {EncryptionKey.Length} raw bytes, not {bytes.Length}");
            await Task.Delay(BetweenLooks, time, stop);
        }
    }
}
