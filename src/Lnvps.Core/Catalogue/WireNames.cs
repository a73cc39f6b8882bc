using Lnvps.Core.Payments;
using Lnvps.Core.Subscriptions;
using Lnvps.Core.Vms;

namespace Lnvps.Core.Catalogue;

/// <summary>Spellings on the wire, exact and lower case (customer-api.md section 1.7, data-model.md section 3).</summary>
public static class WireNames
{
    public static string WireName(this DiskKind value) => Names<DiskKind>.Of(value);

    public static string WireName(this DiskInterface value) => Names<DiskInterface>.Of(value);

    public static string WireName(this IntervalKind value) => Names<IntervalKind>.Of(value);

    public static string WireName(this OsDistribution value) => Names<OsDistribution>.Of(value);

    public static string WireName(this PaymentMethod value) => Names<PaymentMethod>.Of(value);

    public static string WireName(this InternetRegistry value) => Names<InternetRegistry>.Of(value);

    public static string WireName(this VmPower value) => Names<VmPower>.Of(value);

    public static string WireName(this VmHistoryAction value) => value switch
    {
        VmHistoryAction.StateChanged => "state_changed",
        VmHistoryAction.PaymentReceived => "payment_received",
        VmHistoryAction.ConfigurationChanged => "configuration_changed",
        _ => Names<VmHistoryAction>.Of(value),
    };

    public static bool TryParse(string text, out DiskKind value) => Names<DiskKind>.TryParse(text, out value);

    public static bool TryParse(string text, out DiskInterface value) => Names<DiskInterface>.TryParse(text, out value);

    public static bool TryParse(string text, out PaymentMethod value) => Names<PaymentMethod>.TryParse(text, out value);

    /// <summary>As messages for people spell a distribution (data-model.md section 3).</summary>
    public static string Title(this OsDistribution value) => value switch
    {
        OsDistribution.CentOs => "CentOS",
        OsDistribution.FreeBsd => "FreeBSD",
        OsDistribution.OpenSuse => "OpenSUSE",
        _ => value.ToString(),
    };

    /// <summary>The lower-case names of an enumeration; a value without a name has none, never another's.</summary>
    static class Names<T> where T : struct, Enum
    {
        static readonly Dictionary<T, string> ByValue = Enum.GetValues<T>().ToDictionary(value => value, value => value.ToString().ToLowerInvariant());
        static readonly Dictionary<string, T> ByName = ByValue.ToDictionary(pair => pair.Value, pair => pair.Key, StringComparer.Ordinal);

        internal static string Of(T value) => ByValue.TryGetValue(value, out var name)
            ? name
            : throw new ArgumentOutOfRangeException(nameof(value), $"{typeof(T).Name} has no member {value:D}");

        internal static bool TryParse(string text, out T value) => ByName.TryGetValue(text, out value);
    }
}
