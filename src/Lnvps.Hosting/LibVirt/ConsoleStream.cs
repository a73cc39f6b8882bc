using System.IO.Pipelines;
using Lnvps.Hosting.LibVirt.Native;

namespace Lnvps.Hosting.LibVirt;

/// <summary>
/// The serial port of a running machine. Bytes from the guest wait in a bounded buffer; when the reader is slow, the host is asked to hold
/// the rest. Reading returns 0 once the machine is off or the host is gone; writing then fails with <see cref="IOException"/>.
/// </summary>
sealed class ConsoleStream : Stream
{
    const int BufferBytes = 64 * 1024, PieceBytes = 4096;

    readonly Lock _gate = new();
    readonly ByteStream _port;
    readonly IDisposable _lost;
    readonly Pipe _fromGuest = new(new PipeOptions(pauseWriterThreshold: BufferBytes, resumeWriterThreshold: BufferBytes / 2, useSynchronizationContext: false));
    readonly Stream _reader;
    readonly SemaphoreSlim _writing = new(1);
    StreamEvents _wanted = StreamEvents.Readable | StreamEvents.Error | StreamEvents.HangUp;
    TaskCompletionSource _writable = NewSignal();
    bool _ended, _hungUp, _paused, _disposed;

    /// <param name="port">Non-blocking and bound to a console; owned from now on.</param>
    public ConsoleStream(Connection connection, ByteStream port)
    {
        _port = port;
        _reader = _fromGuest.Reader.AsStream();
        _lost = connection.WhenLost(End);
        port.StartEvents(_wanted, OnEvent);
    }

    public override bool CanRead => true;
    public override bool CanWrite => true;
    public override bool CanSeek => false;
    public override long Length => throw new NotSupportedException();
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    // Runs on the library's event thread: never blocks, never throws.
    void OnEvent(StreamEvents events)
    {
        try
        {
            lock (_gate)
            {
                if (_ended)
                    return;
                if (events.HasFlag(StreamEvents.Writable))
                {
                    Want(_wanted & ~StreamEvents.Writable);
                    _writable.TrySetResult();
                }
                _hungUp |= (events & (StreamEvents.HangUp | StreamEvents.Error)) != StreamEvents.None;
                if (!_paused)
                    Drain();
            }
        }
        catch (Exception)
        {
            // Whatever broke, the reader learns "the end": it could do nothing else about it.
            End();
        }
    }

    // Takes what has arrived, as far as the buffer goes. Under the lock.
    void Drain()
    {
        while (true)
        {
            int? received;
            try
            {
                received = _port.Receive(_fromGuest.Writer.GetSpan(PieceBytes)[..PieceBytes]);
            }
            catch (LibVirtException) when (_hungUp)
            {
                received = 0; // All that had arrived is read.
            }
            if (received is null && !_hungUp)
                return;
            if (received is null or 0)
            {
                End();
                return;
            }
            _fromGuest.Writer.Advance(received.Value);
            var flush = _fromGuest.Writer.FlushAsync(CancellationToken.None);
            if (flush.IsCompleted)
                continue;
            _paused = true;
            Want(_wanted & ~StreamEvents.Readable);
            _ = Resume(flush);
            return;
        }
    }

    async Task Resume(ValueTask<FlushResult> room)
    {
        try
        {
            await room;
            lock (_gate)
            {
                if (_ended)
                    return;
                _paused = false;
                Want(_wanted | StreamEvents.Readable);
                if (_hungUp)
                    Drain();
            }
        }
        catch (Exception)
        {
            End();
        }
    }

    void Want(StreamEvents events)
    {
        if (events != _wanted)
            _port.UpdateEvents(_wanted = events);
    }

    void End()
    {
        lock (_gate)
        {
            if (_ended)
                return;
            _ended = true;
            _port.StopEvents();
            _writable.TrySetResult();
            // The reader first gets what is in the buffer.
            _fromGuest.Writer.Complete();
        }
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => _reader.ReadAsync(buffer, cancellationToken);

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        _reader.ReadAsync(buffer, offset, count, cancellationToken);

    public override int Read(byte[] buffer, int offset, int count) => _reader.Read(buffer, offset, count);

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await _writing.WaitAsync(cancellationToken);
        try
        {
            while (!buffer.IsEmpty)
            {
                Task writable;
                lock (_gate)
                {
                    if (Send(buffer.Span[..Math.Min(buffer.Length, PieceBytes)]) is { } sent)
                    {
                        buffer = buffer[sent..];
                        continue;
                    }
                    _writable = NewSignal();
                    writable = _writable.Task;
                    Want(_wanted | StreamEvents.Writable);
                }
                await writable.WaitAsync(cancellationToken);
            }
        }
        finally
        {
            _writing.Release();
        }
    }

    int? Send(ReadOnlySpan<byte> bytes)
    {
        if (_ended)
            throw new IOException("The machine's serial port is closed");
        try
        {
            return _port.Send(bytes);
        }
        catch (LibVirtException broken)
        {
            throw new IOException("The machine's serial port does not take bytes", broken);
        }
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Write(byte[] buffer, int offset, int count) => WriteAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();

    public override void Flush()
    {
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override async ValueTask DisposeAsync()
    {
        await HangUp();
        GC.SuppressFinalize(this);
        await base.DisposeAsync();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _ = HangUp();
        base.Dispose(disposing);
    }

    // Telling the host waits for its answer, so it happens on a thread of its own.
    Task HangUp()
    {
        lock (_gate)
        {
            if (_disposed)
                return Task.CompletedTask;
            _disposed = true;
            End();
        }
        _lost.Dispose();
        _reader.Dispose();
        return Task.Factory.StartNew(
            () =>
            {
                _port.Abort();
                _port.Dispose();
            },
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
