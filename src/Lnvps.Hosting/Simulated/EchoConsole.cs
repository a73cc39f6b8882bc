using System.IO.Pipelines;
using System.Text;

namespace Lnvps.Hosting.Simulated;

/// <summary>A serial console that greets and then echoes what is typed, until its machine is switched off.</summary>
sealed class EchoConsole : Stream
{
    readonly Pipe _pipe = new();
    readonly Stream _output;

    public EchoConsole(string greeting)
    {
        _output = _pipe.Reader.AsStream();
        var bytes = Encoding.UTF8.GetBytes(greeting);
        bytes.CopyTo(_pipe.Writer.GetSpan(bytes.Length));
        _pipe.Writer.Advance(bytes.Length);
        // Below the pipe's threshold, so it completes at once.
        _ = _pipe.Writer.FlushAsync(CancellationToken.None).AsTask();
    }

    /// <summary>Neither closed nor ended.</summary>
    public bool IsOpen { get; private set; } = true;

    /// <summary>The machine was switched off: reading comes to an end, writing fails.</summary>
    public void End()
    {
        IsOpen = false;
        _pipe.Writer.Complete();
    }

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => _output.ReadAsync(buffer, cancellationToken);

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        _output.ReadAsync(buffer, offset, count, cancellationToken);

    public override int Read(byte[] buffer, int offset, int count) => _output.Read(buffer, offset, count);

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (!IsOpen)
            throw new IOException("The machine's serial port is closed");
        try
        {
            await _pipe.Writer.WriteAsync(buffer, cancellationToken);
        }
        catch (InvalidOperationException ended)
        {
            throw new IOException("The machine's serial port is closed", ended);
        }
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("Write asynchronously");

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            End();
            _output.Dispose();
        }
        base.Dispose(disposing);
    }
}
