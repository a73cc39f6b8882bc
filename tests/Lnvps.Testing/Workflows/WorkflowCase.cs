using Lnvps.Core.Identity;
using Lnvps.Database.Sessions;
using Lnvps.Platform.Workflows.Engine;

namespace Lnvps.Testing.Workflows;

/// <summary>A workflow and a subject for it, in a world where it can succeed; the laws of <see cref="WorkflowLaws"/> are tried on it.</summary>
public abstract class WorkflowCase(WorkflowRig rig)
{
    public WorkflowRig Rig { get; } = rig;

    /// <summary>Kind of the workflow under test.</summary>
    public abstract string Kind { get; }

    /// <summary>A second request in the same condition changes nothing. False for those that leave a trace of each request.</summary>
    public virtual bool IsRepeatable => true;

    /// <summary>The definitions a process works with: the workflow under test, and others if it needs them. Their steps reach the database through <paramref name="db"/>.</summary>
    public abstract IReadOnlyList<WorkflowDefinition> Define(Db db);

    /// <summary>Asks for the workflow under test.</summary>
    public abstract Task<WorkflowId> Ask();

    /// <summary>
    /// Everything about the subject that matters, outside and in the database, as lines in a stable order. What is different each time (ids, random addresses)
    /// must be named alike, so that two subjects in the same condition look the same.
    /// </summary>
    public abstract Task<IReadOnlyList<string>> Observe();
}
