using System.Text.Json;
using Lnvps.Core.Identity;
using Lnvps.Core.Workflows;

namespace Lnvps.Platform.Workflows.Engine;

/// <summary>One workflow under way, as its step functions see it.</summary>
public class Run
{
    readonly string _input;
    readonly IReadOnlyDictionary<string, string> _results;
    readonly Action<int> _progress;

    internal Run(WorkflowId id, string kind, Subject subject, UserId? askedBy, string input, IReadOnlyDictionary<string, string> results, Action<int> progress)
    {
        (Id, Kind, Subject, AskedBy) = (id, kind, subject, askedBy);
        (_input, _results, _progress) = (input, results, progress);
    }

    private protected Run(Run run) : this(run.Id, run.Kind, run.Subject, run.AskedBy, run._input, run._results, run._progress)
    {
    }

    public WorkflowId Id { get; }

    public string Kind { get; }

    public Subject Subject { get; }

    /// <summary>The subject, where it is a VM.</summary>
    public VmId Vm => Subject.Kind == "vm" ? new VmId(Subject.Id) : throw new InvalidOperationException($"{Subject} is no VM");

    /// <summary>Who asked; null = the system.</summary>
    public UserId? AskedBy { get; }

    /// <summary>What an earlier step recorded; default when it recorded nothing or was not done (yet).</summary>
    public T? Result<T>(string step) => _results.TryGetValue(step, out var json) ? JsonSerializer.Deserialize<T>(json, WorkflowJson.Options) : default;

    /// <summary>Tells how far the present step is, 0 to 100. Cheap; from any thread.</summary>
    public void TellProgress(int percent) => _progress(percent);

    internal TInput InputOf<TInput>() =>
        JsonSerializer.Deserialize<TInput>(_input, WorkflowJson.Options) ?? throw new InvalidDataException($"Workflow {Id} has no input");
}

/// <summary>One workflow under way, with what was asked for.</summary>
public sealed class Run<TInput> : Run
{
    internal Run(Run run) : base(run) => Input = InputOf<TInput>();

    public TInput Input { get; }
}

static class WorkflowJson
{
    public static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web);
}
