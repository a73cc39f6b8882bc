namespace Lnvps.Database.Sessions;

/// <summary>
/// Writes along with every transaction of one call, in the same transaction: so it is known, whenever the process dies, whether the call had an effect. It
/// travels with the asynchronous flow of the call that set it.
/// </summary>
public abstract class CommitWitness
{
    static readonly AsyncLocal<CommitWitness?> Flow = new();

    /// <summary>Of the call that is being served; usually null.</summary>
    internal static CommitWitness? Current => Flow.Value is { _isOver: false } witness ? witness : null;

    volatile bool _isOver;

    /// <summary>Called before the commit. What it throws undoes the transaction.</summary>
    /// <param name="made">What <see cref="Session.Made"/> was told; null = nothing.</param>
    protected internal abstract Task BeforeCommit(Session session, string? made, CancellationToken stop);

    /// <summary>From now on the transactions of this flow are witnessed. What the call leaves running in the background is not, once it is over.</summary>
    public IDisposable Watch()
    {
        Flow.Value = this;
        return new End(this);
    }

    /// <summary>
    /// The transactions of the asynchronous method that calls this are not witnessed from here on: they clear up behind the call, which is right whoever goes on with it.
    /// </summary>
    public static void LookAway() => Flow.Value = null;

    sealed class End(CommitWitness witness) : IDisposable
    {
        public void Dispose()
        {
            witness._isOver = true;
            Flow.Value = null;
        }
    }
}
