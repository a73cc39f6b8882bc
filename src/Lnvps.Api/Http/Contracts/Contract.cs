using System.Text.Json.Serialization.Metadata;
using Lnvps.Core.Outcomes;

namespace Lnvps.Api.Http.Contracts;

/// <summary>
/// What an endpoint takes and gives, declared where it is mapped; endpoint metadata. The OpenAPI document is made from it (docs/how-to-add.md), and reading a body
/// or a query value that is not declared is refused, so that the document cannot say less than the truth. What follows from path, access and repetition is not repeated here.
/// </summary>
sealed class Contract(AnswerForm answer)
{
    readonly List<WireValue> _query = [];
    readonly SortedSet<ErrorCode> _errors = [];

    /// <summary>What a call does, in a few words.</summary>
    public string Title { get; private set; } = "";

    /// <summary>More about it; empty for most.</summary>
    public string Explanation { get; private set; } = "";

    public AnswerForm Answer { get; private set; } = answer;

    public IReadOnlyList<WireValue> QueryValues => _query;

    /// <summary>A value of the path that is no number.</summary>
    public WireValue? PathValue { get; private set; }

    /// <summary>Null: none is read.</summary>
    public JsonTypeInfo? BodyType { get; private set; }

    public bool IsBodyOptional { get; private set; }

    /// <summary>What it may be refused with beyond what every endpoint of its kind may.</summary>
    public IReadOnlySet<ErrorCode> OwnErrors => _errors;

    /// <summary>Whether it may begin slow work, whose number the answer tells in a header.</summary>
    public bool MayBeginAction { get; private set; }

    public Contract Summary(string title, string explanation = "")
    {
        (Title, Explanation) = (title, explanation);
        return this;
    }

    /// <summary>A value of the query; the schema is one of <see cref="Form"/>.</summary>
    public Contract Query(string name, string schema, string meaning, bool isRequired = false)
    {
        _query.Add(new WireValue(name, schema, meaning, isRequired));
        return this;
    }

    /// <summary>A value of the path that is no number.</summary>
    public Contract Path(string name, string schema, string meaning)
    {
        PathValue = new WireValue(name, schema, meaning, IsRequired: true);
        return this;
    }

    public Contract Body(JsonTypeInfo type)
    {
        BodyType = type;
        return this;
    }

    public Contract OptionalBody(JsonTypeInfo type)
    {
        IsBodyOptional = true;
        return Body(type);
    }

    public Contract Errors(params ReadOnlySpan<ErrorCode> codes)
    {
        foreach (var code in codes)
            _errors.Add(code);
        return this;
    }

    public Contract BeginsAction()
    {
        MayBeginAction = true;
        return this;
    }

    /// <summary>An answer without envelope, of this content type.</summary>
    /// <param name="types">What is in it.</param>
    public Contract Gives(string contentType, params JsonTypeInfo[] types)
    {
        Answer = new AnswerForm.Document(contentType, types);
        return this;
    }

    /// <summary>An answer without envelope: JSON of one of these types.</summary>
    public Contract GivesBare(params JsonTypeInfo[] types)
    {
        Answer = new AnswerForm.Bare(types);
        return this;
    }

    /// <summary>No answer of its own: an empty body, or another protocol from there on.</summary>
    public Contract GivesNothing(int status = StatusCodes.Status200OK)
    {
        Answer = new AnswerForm.Empty(status);
        return this;
    }

    /// <exception cref="InvalidOperationException">The endpoint reads what it does not declare.</exception>
    internal void CheckQuery(string name)
    {
        if (!_query.Exists(value => value.Name == name))
            throw new InvalidOperationException($"This endpoint does not declare that it reads '{name}' of the query");
    }

    /// <exception cref="InvalidOperationException">The endpoint reads what it does not declare.</exception>
    internal void CheckBody(Type type)
    {
        if (BodyType?.Type != type)
            throw new InvalidOperationException($"This endpoint does not declare that it reads {type.Name} as its body");
    }
}

/// <param name="Schema">JSON schema of the value.</param>
/// <param name="Meaning">For people.</param>
sealed record WireValue(string Name, string Schema, string Meaning, bool IsRequired);

/// <summary>The shape of a successful answer.</summary>
abstract record AnswerForm
{
    /// <summary><c>{"data": …}</c>.</summary>
    public sealed record Data(JsonTypeInfo Type) : AnswerForm;

    /// <summary><c>{"data": […], "total", "limit", "offset"}</c>.</summary>
    /// <param name="Rows">The list.</param>
    public sealed record Page(JsonTypeInfo Rows) : AnswerForm;

    /// <summary><c>{"data": null}</c>.</summary>
    public sealed record Done : AnswerForm;

    /// <param name="Types">What is in it.</param>
    public sealed record Document(string ContentType, IReadOnlyList<JsonTypeInfo> Types) : AnswerForm;

    /// <param name="Types">It is one of these.</param>
    public sealed record Bare(IReadOnlyList<JsonTypeInfo> Types) : AnswerForm;

    public sealed record Empty(int Status) : AnswerForm;
}
