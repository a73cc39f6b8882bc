using Lnvps.Hosting.Simulated;

namespace Lnvps.Api.Tests.Simulation;

/// <summary>What goes wrong when, by the seed, and how often it did.</summary>
sealed class Chances(int seed, Tally tally)
{
    const double HostTrouble = 0.04;
    const double FatalShare = 0.15;
    const double NodeTrouble = 0.04;
    const double CardTrouble = 0.03;
    const double HeldUp = 0.2;
    const double RefusedTransaction = 0.004;
    const double LongAbsence = 0.2;
    const double FailedCommit = 0.004;
    const double Death = 0.35;

    int _absentFor;

    public Random Random { get; } = new(seed);

    public Tally Tally { get; } = tally;

    /// <summary>Nothing goes wrong any more.</summary>
    public bool IsCalm { get; set; }

    /// <summary>How often the database failed in a way that its callers see.</summary>
    public int DatabaseFailures { get; private set; }

    public HostFault? OfHost()
    {
        if (!Happens(HostTrouble))
            return null;
        var fault = new HostFault((FaultMoment)Random.Next(3), Random.NextDouble() < FatalShare ? FaultAnswer.Fatal : FaultAnswer.Transient);
        Tally.Add($"host fails {fault.Moment}");
        Tally.Add($"host fails {fault.Answer}");
        return fault;
    }

    public bool NodeFails(string when)
    {
        var fails = Happens(NodeTrouble);
        if (fails)
            Tally.Add($"node fails {when}");
        return fails;
    }

    public bool CardsFail(string how)
    {
        var fails = Happens(CardTrouble);
        if (fails)
            Tally.Add($"cards fail {how}");
        return fails;
    }

    /// <summary>Whether a payment by the node stays on its route for a while.</summary>
    public bool PaymentIsHeldUp()
    {
        var isHeldUp = Happens(HeldUp);
        if (isHeldUp)
            Tally.Add("payment held up");
        return isHeldUp;
    }

    /// <summary>Whether a payment that is held up has arrived, or has come back; null: neither yet.</summary>
    public bool? OfPaymentUnderWay() => !IsCalm && Random.Next(2) == 0 ? null : Random.Next(3) > 0;

    /// <summary>Whether a transaction is refused: one now and then, or so many in a row that no repetition helps.</summary>
    public bool DatabaseRefuses()
    {
        if (_absentFor > 0 && !IsCalm)
        {
            _absentFor--;
            DatabaseFailures++;
            return true;
        }
        if (!Happens(RefusedTransaction))
            return false;
        _absentFor = Random.NextDouble() < LongAbsence ? Random.Next(6, 14) : 0;
        Tally.Add(_absentFor > 0 ? "database away" : "database refuses");
        return true;
    }

    /// <summary>Null: the commit goes well.</summary>
    public CommitFault? OfCommit()
    {
        if (!Happens(FailedCommit))
            return null;
        var fault = (CommitFault)Random.Next(3);
        if (fault != CommitFault.RolledBack)
            DatabaseFailures++;
        Tally.Add($"commit {fault}");
        return fault;
    }

    /// <summary>The statement at which a new process is killed; null: it lives as long as it is wanted.</summary>
    public int? DiesAt() => Happens(Death) ? Random.Next(5, 800) : null;

    bool Happens(double probability) => !IsCalm && Random.NextDouble() < probability;
}

/// <summary>What becomes of a commit that does not go well.</summary>
enum CommitFault
{
    /// <summary>Nothing was written, and the database says so: the transaction may be repeated.</summary>
    RolledBack,

    /// <summary>Nothing was written, but nobody knows.</summary>
    LostBefore,

    /// <summary>All was written, but nobody knows.</summary>
    LostAfter,
}
