namespace Lnvps.Core.Subscriptions;

// Stored as ordinals (data-model.md section 3).

/// <summary>What a line of a subscription is for.</summary>
public enum LineKind : ushort { IpRange = 0, AsnSponsoring = 1, DnsHosting = 2 }

/// <summary>Who gave a block of addresses to the company.</summary>
public enum InternetRegistry : ushort { Arin = 0, Ripe = 1, Apnic = 2, Lacnic = 3, Afrinic = 4 }
