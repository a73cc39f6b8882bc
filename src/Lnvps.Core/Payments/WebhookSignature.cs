using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Lnvps.Core.Payments;

/// <summary>
/// The signature of a payment provider's message (billing.md section 14): a list of <c>version=hex</c>, each the HMAC-SHA-256 of
/// <c>version.timestamp.body</c> under the secret of the registration.
/// </summary>
public static class WebhookSignature
{
    /// <summary>How far the message's time may lie from ours, in either direction.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(5);

    /// <summary>More entries than any provider lists are not looked at.</summary>
    const int MostEntries = 16;

    /// <summary>Whether the text is a number of milliseconds since 1970 within <see cref="Window"/> of now.</summary>
    public static bool IsFresh(string timestamp, DateTimeOffset now) =>
        long.TryParse(timestamp, NumberStyles.None, CultureInfo.InvariantCulture, out var sent)
        && (UInt128)Int128.Abs((Int128)now.ToUnixTimeMilliseconds() - sent) <= (UInt128)Window.TotalMilliseconds;

    /// <summary>Whether any entry of the header is right; compared in constant time. Whatever the texts hold, nothing is thrown.</summary>
    public static bool Matches(string secret, string header, string timestamp, ReadOnlySpan<byte> body)
    {
        var isRight = false;
        foreach (var entry in header.Split(',', MostEntries + 1).Take(MostEntries))
        {
            var parts = entry.Trim().Split('=', 2);
            if (parts.Length == 2)
                isRight |= IsRight(secret, parts[0], parts[1], timestamp, body);
        }
        return isRight;
    }

    /// <summary>Lower-case hex of the HMAC.</summary>
    public static string Compute(string secret, string version, string timestamp, ReadOnlySpan<byte> body)
    {
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(secret));
        hmac.AppendData(Encoding.UTF8.GetBytes($"{version}.{timestamp}."));
        hmac.AppendData(body);
        return Convert.ToHexStringLower(hmac.GetHashAndReset());
    }

    static bool IsRight(string secret, string version, string hex, string timestamp, ReadOnlySpan<byte> body) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(Compute(secret, version, timestamp, body)), Encoding.UTF8.GetBytes(hex.ToLowerInvariant()));
}
