namespace Lnvps.Database.Schema.Declarations;

/// <summary>What a column holds. Each shape has one rendering per dialect, and both refuse the same values.</summary>
public enum Shape
{
    /// <summary><c>int unsigned auto_increment</c>, the primary key.</summary>
    AutoId,
    /// <summary><c>bigint unsigned auto_increment</c>, the primary key.</summary>
    BigAutoId,
    /// <summary>0…255.</summary>
    Tiny,
    /// <summary>0…65535; every stored enum.</summary>
    Small,
    /// <summary>0…2³²−1; references to rows.</summary>
    Int,
    /// <summary>0…2⁶⁴−1 (SQLite: 0…2⁶³−1); money, bytes, seconds.</summary>
    Big,
    /// <summary>Signed 64 bits.</summary>
    SignedBig,
    /// <summary><c>bit(1)</c>: a boolean.</summary>
    Bit,
    /// <summary><c>tinyint(1)</c>: a boolean of the older kind.</summary>
    TinyBool,
    /// <summary>32-bit floating point.</summary>
    Float,
    /// <summary>Text of at most <see cref="Column.Length"/> characters, compared without case.</summary>
    Varchar,
    /// <summary>As <see cref="Varchar"/>, but compared byte by byte: tokens, names of locks, external ids in keys.</summary>
    ExactVarchar,
    /// <summary>Text of at most 65535 bytes, compared without case.</summary>
    Text,
    /// <summary>Text of any length, compared byte by byte: logs and large documents of our own tables.</summary>
    LongText,
    /// <summary>A valid JSON document.</summary>
    Json,
    /// <summary>Exactly <see cref="Column.Length"/> raw bytes.</summary>
    Binary,
    /// <summary>At most 65535 raw bytes.</summary>
    Blob,
    /// <summary>Moment in UTC, whole seconds.</summary>
    Timestamp,
}
