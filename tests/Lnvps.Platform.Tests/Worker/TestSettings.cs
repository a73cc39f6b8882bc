using System.Runtime.CompilerServices;
using Lnvps.Core.Identity;
using Lnvps.Lightning.Nodes;
using Lnvps.Platform.Configuration;

namespace Lnvps.Platform.Tests.Worker;

static class TestSettings
{
    public static Settings Of(ushort deleteAfter, bool readOnly) => Settings.Read(SettingsNode.Parse("test.yaml", $$"""
        db: "sqlite:test.db"
        public-url: "http://127.0.0.1:8000"
        listen: "127.0.0.1:8000"
        delete-after: {{deleteAfter}}
        read-only: {{(readOnly ? "true" : "false")}}
        lightning: { dev: {} }
        provisioner: { simulated: {} }
        """));
}

/// <summary>A node that nobody is supposed to ask.</summary>
sealed class NoNode : ILightningNode
{
    public Task<Invoice> CreateInvoice(InvoiceRequest request, CancellationToken stop) => throw new NotSupportedException();

    public Task<InvoiceStatus> LookUp(Bytes32 paymentHash, CancellationToken stop) => throw new NotSupportedException();

    public Task Cancel(Bytes32 paymentHash, CancellationToken stop) => throw new NotSupportedException();

    public async IAsyncEnumerable<Settlement> WatchSettled(ulong settleIndex, [EnumeratorCancellation] CancellationToken stop)
    {
        await Task.CompletedTask;
        yield break;
    }
}
