namespace Lnvps.Api.Http.Contracts;

/// <summary>What a value of the wire looks like beyond its type: JSON schema keywords, added to those that follow from the type. On a property or a whole record.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Class)]
sealed class FormAttribute(string schema) : Attribute
{
    public string Schema => schema;
}

/// <summary>A text that is one of some words.</summary>
[AttributeUsage(AttributeTargets.Property)]
sealed class WordsAttribute : Attribute
{
    public WordsAttribute(params string[] words) => Words = words;

    /// <param name="enumeration">Its names as they are spelt on the wire.</param>
    public WordsAttribute(Type enumeration) => Enumeration = enumeration;

    public string[] Words { get; } = [];

    public Type? Enumeration { get; }
}

/// <summary>Schemas that are used more than once.</summary>
static class Form
{
    public const string Text = """{"type":"string"}""";

    public const string Count = """{"type":"integer","format":"uint64","minimum":0}""";

    /// <summary>32 bytes as lower-case hex.</summary>
    public const string Hash = """{"type":"string","pattern":"^[0-9a-f]{64}$"}""";

    /// <summary>32 bytes as hex in either case, as input.</summary>
    public const string AnyHash = """{"type":"string","pattern":"^[0-9a-fA-F]{64}$"}""";

    /// <summary>How a payment is to be paid.</summary>
    public const string Method = """{"type":"string","enum":["lightning","revolut","paypal","stripe"],"default":"lightning"}""";

    /// <inheritdoc cref="Method"/>
    public const string MethodOrWallet = """{"type":"string","enum":["lightning","revolut","nwc","paypal","stripe"],"default":"lightning"}""";

    /// <summary>Exactly one key.</summary>
    public const string OneKey = """{"minProperties":1,"maxProperties":1}""";
}
