namespace Lnvps.Core.Network;

/// <summary>A 48-bit Ethernet address. Text form: lower case, colon-separated.</summary>
public readonly record struct MacAddress
{
    readonly ulong _value;

    MacAddress(ulong value) => _value = value;

    /// <summary>Stored in <c>vm.mac_address</c> from the order until a real address is chosen (provisioning.md section 1).</summary>
    public static readonly MacAddress Unassigned = new(0xFFFF_FFFF_FFFFUL);

    public bool IsUnassigned => this == Unassigned;

    /// <summary>True when the lowest bit of the first byte is 0; hypervisors refuse others for a NIC.</summary>
    public bool IsUnicast => (_value >> 40 & 1) == 0;

    /// <summary>Six bytes in transmission order.</summary>
    public static MacAddress FromBytes(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != 6)
            throw new ArgumentException($"Expected 6 bytes, got {bytes.Length}", nameof(bytes));
        var value = 0UL;
        foreach (var b in bytes)
            value = value << 8 | b;
        return new MacAddress(value);
    }

    public byte[] ToArray()
    {
        var bytes = new byte[6];
        for (var i = 0; i < 6; i++)
            bytes[i] = (byte)(_value >> (40 - 8 * i) & 0xFF);
        return bytes;
    }

    /// <summary>Parses <c>hh:hh:hh:hh:hh:hh</c>, either letter case.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out MacAddress mac)
    {
        mac = default;
        if (text.Length != 17)
            return false;
        var value = 0UL;
        for (var i = 0; i < 6; i++)
        {
            if (i > 0 && text[3 * i - 1] != ':')
                return false;
            if (!byte.TryParse(text.Slice(3 * i, 2), System.Globalization.NumberStyles.AllowHexSpecifier, null, out var b))
                return false;
            value = value << 8 | b;
        }
        mac = new MacAddress(value);
        return true;
    }

    /// <exception cref="FormatException">The text is no MAC address.</exception>
    public static MacAddress Parse(string text) =>
        TryParse(text, out var mac) ? mac : throw new FormatException($"'{text}' is not a MAC address");

    public override string ToString()
    {
        var b = ToArray();
        return $"{b[0]:x2}:{b[1]:x2}:{b[2]:x2}:{b[3]:x2}:{b[4]:x2}:{b[5]:x2}";
    }
}
