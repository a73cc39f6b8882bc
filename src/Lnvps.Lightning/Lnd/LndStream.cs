namespace Lnvps.Lightning.Lnd;

/// <summary>An open stream of lines from the node.</summary>
sealed class LndStream(LndConnection connection, HttpResponseMessage response, Stream stream) : IDisposable
{
    readonly BoundedBody _body = new(stream);

    /// <summary>The next line, valid until the next call; null when the node ended the stream.</summary>
    public Task<ReadOnlyMemory<byte>?> ReadLine(CancellationToken stop) => connection.ReadLine(_body, stop);

    public void Dispose() => response.Dispose();
}
