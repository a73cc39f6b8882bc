namespace Lnvps.Testing.Lightning;

/// <summary>What the simulator does instead of answering.</summary>
public abstract record LndFault
{
    LndFault()
    {
    }

    /// <summary>Takes the request and never answers.</summary>
    public sealed record Hang : LndFault;

    /// <summary>Closes the connection without an answer.</summary>
    public sealed record Drop : LndFault;

    /// <summary>Does what was asked, then closes the connection without an answer.</summary>
    public sealed record DropAfterwards : LndFault;

    /// <summary>Answers with a status and an error of LND's form.</summary>
    public sealed record Error(int Status, int Code, string Message) : LndFault;

    /// <summary>Answers with a status and any body.</summary>
    public sealed record Body(int Status, string Text) : LndFault;
}

/// <summary>A request the simulator got and the answer it gave, for comparison with LND's interface description.</summary>
/// <param name="Method">HTTP method.</param>
/// <param name="Path">Path without query.</param>
/// <param name="Query">Query parameters, decoded.</param>
/// <param name="Headers">Request headers.</param>
/// <param name="RequestBody">Text of the request's body, empty when there was none.</param>
/// <param name="Status">HTTP status of the answer.</param>
/// <param name="Answers">The answer's body; a stream has one entry for each line.</param>
public sealed record LndExchange(
    string Method,
    string Path,
    IReadOnlyDictionary<string, string> Query,
    IReadOnlyDictionary<string, string> Headers,
    string RequestBody,
    int Status,
    IReadOnlyList<string> Answers);
