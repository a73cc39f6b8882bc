namespace Lnvps.Nostr.Events;

/// <summary>One tag: strings, any number of them, also none. Reading beyond the end answers null, so that a short tag cannot crash its reader.</summary>
public sealed class EventTag(params string[] elements)
{
    readonly string[] _elements = elements;

    public int Count => _elements.Length;

    /// <summary>The element at this place from 0 on, or null.</summary>
    public string? this[int index] => index >= 0 && index < _elements.Length ? _elements[index] : null;

    /// <summary>The first element, or null.</summary>
    public string? Name => this[0];

    /// <summary>The second element, or null: a tag with a name only counts as missing.</summary>
    public string? Value => this[1];

    public ReadOnlySpan<string> Elements => _elements;
}
