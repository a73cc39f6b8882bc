using Lnvps.Core.Time;
using Lnvps.Database.Sessions;
using Microsoft.Extensions.Logging;

namespace Lnvps.Platform.Workflows.Engine;

/// <summary>What an engine and its drives share.</summary>
sealed record EngineParts(
    Db Db, IReadOnlyDictionary<string, WorkflowDefinition> Definitions, WorkflowSignal Signal, IClock Clock, TimeProvider Time, EngineOptions Options, ILogger Log)
{
    readonly HashSet<string> _interruptible = [.. Definitions.Values.SelectMany(definition => definition.Interrupts)];

    /// <summary>Whether any kind makes this one give way.</summary>
    public bool IsInterruptible(string kind) => _interruptible.Contains(kind);

    /// <summary>Whether a waiting workflow of <paramref name="kind"/> makes a running one of kind <paramref name="other"/> give way.</summary>
    public bool Interrupts(string kind, string other) => Definitions.GetValueOrDefault(kind)?.Interrupts.Contains(other) ?? false;
}
