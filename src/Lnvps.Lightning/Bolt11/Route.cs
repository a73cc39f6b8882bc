namespace Lnvps.Lightning.Bolt11;

/// <summary>A node's public key: 33 bytes, compressed.</summary>
public readonly record struct NodeId(ByteString Key)
{
    public const int Length = 33;

    /// <exception cref="FormatException">Not hex.</exception>
    public static NodeId FromHex(string hex) => new(ByteString.FromHex(hex));

    public override string ToString() => Key.ToString();
}

/// <summary>One channel of a private route.</summary>
/// <param name="Node">Node at the start of the channel.</param>
/// <param name="ShortChannelId">Block, transaction and output of the channel in one number (BOLT 7).</param>
/// <param name="FeeBaseMsat">Fixed fee in millisatoshi.</param>
/// <param name="FeeProportionalMillionths">Fee in millionths of the amount.</param>
/// <param name="CltvExpiryDelta">Blocks the node wants between its incoming and outgoing payment.</param>
public readonly record struct RouteHop(NodeId Node, ulong ShortChannelId, uint FeeBaseMsat, uint FeeProportionalMillionths, ushort CltvExpiryDelta)
{
    /// <summary>Bytes of a hop in the field.</summary>
    internal const int Length = NodeId.Length + 8 + 4 + 4 + 2;
}

/// <summary>The hops of one route, from a public node towards the payee; compares by value.</summary>
public sealed class RouteHops(params IReadOnlyList<RouteHop> hops) : IEquatable<RouteHops>
{
    public IReadOnlyList<RouteHop> Hops { get; } = hops;

    public bool Equals(RouteHops? other) => other is not null && Hops.SequenceEqual(other.Hops);

    public override bool Equals(object? obj) => Equals(obj as RouteHops);

    public override int GetHashCode() => Hops.Aggregate(0, HashCode.Combine);

    public override string ToString() => string.Join(" > ", Hops);
}
