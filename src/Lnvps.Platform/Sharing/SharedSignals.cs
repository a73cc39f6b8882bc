using System.Globalization;
using Lnvps.Core.Identity;
using Lnvps.Platform.Workflows.Engine;
using Microsoft.Extensions.Hosting;

namespace Lnvps.Platform.Sharing;

/// <summary>
/// Wakes the engines of other processes when this one has work for them, and tells all when a workflow has ended. Only a short cut: the database says what is to
/// be done and by whom, and everyone who waits looks there each second in any case.
/// </summary>
public sealed class SharedSignals(WorkflowSignal signal, SharedStore store) : IHostedService
{
    const string Channel = "lnvps:workflows";

    public Task StartAsync(CancellationToken cancellationToken)
    {
        signal.PassOn = ended => _ = store.Say(Channel, ended is { } id ? id.Value.ToString(CultureInfo.InvariantCulture) : "");
        return store.Listen(Channel, Heard);
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        signal.PassOn = null;
        return Task.CompletedTask;
    }

    void Heard(string message) =>
        signal.Hear(uint.TryParse(message, NumberStyles.None, CultureInfo.InvariantCulture, out var ended) ? new WorkflowId(ended) : null);
}
