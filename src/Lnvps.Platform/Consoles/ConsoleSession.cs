using System.IO.Pipelines;

namespace Lnvps.Platform.Consoles;

/// <summary>Why a console came to its end.</summary>
public enum ConsoleEnd
{
    /// <summary>The customer closed it.</summary>
    Left,
    /// <summary>The machine was switched off or removed.</summary>
    MachineOff,
    /// <summary>The host went away.</summary>
    HostLost,
    /// <summary>It did not take its output in time.</summary>
    TooSlow,
}

/// <summary>
/// One of the consoles that share a machine's serial port: gets all output from its start on, and its input goes in between that of the others. Its output waits
/// in a bounded buffer.
/// </summary>
public sealed class ConsoleSession : IAsyncDisposable
{
    /// <summary>Most output that waits for a console.</summary>
    public const int BufferBytes = 256 * 1024;

    // Filled again as soon as there is room for a few pieces: whoever takes anything in time is not too slow.
    const int RoomBytes = 16 * 1024;

    readonly Pipe _output = new(new PipeOptions(pauseWriterThreshold: BufferBytes, resumeWriterThreshold: BufferBytes - RoomBytes, useSynchronizationContext: false));
    readonly ConsoleChannel _channel;
    readonly TaskCompletionSource<ConsoleEnd> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal ConsoleSession(ConsoleChannel channel) => _channel = channel;

    /// <summary>What the machine writes; completed at the end, whatever the cause.</summary>
    public PipeReader Output => _output.Reader;

    /// <summary>Completes at the end.</summary>
    public Task<ConsoleEnd> Ended => _ended.Task;

    /// <summary>Types. Waits while the machine does not read.</summary>
    /// <exception cref="IOException">The machine is off or the host is gone.</exception>
    public ValueTask Type(ReadOnlyMemory<byte> input, CancellationToken stop) => _channel.Write(input, stop);

    /// <summary>Hands output on, waiting until there is room for more; false when there is none within <paramref name="patience"/>, or when it has ended.</summary>
    internal async ValueTask<bool> Offer(ReadOnlyMemory<byte> output, TimeSpan patience, TimeProvider time)
    {
        if (_ended.Task.IsCompleted)
            return false;
        try
        {
            var room = _output.Writer.WriteAsync(output, CancellationToken.None);
            var taken = room.IsCompleted ? await room : await room.AsTask().WaitAsync(patience, time);
            return !taken.IsCompleted;
        }
        catch (Exception error) when (error is TimeoutException or InvalidOperationException)
        {
            // Too slow, or it ended meanwhile.
            return false;
        }
    }

    internal void End(ConsoleEnd end)
    {
        if (_ended.TrySetResult(end))
            _output.Writer.Complete();
    }

    /// <summary>Leaves. The last to leave gives the serial port back.</summary>
    public async ValueTask DisposeAsync()
    {
        // First the reader: whoever waits for room is let go.
        await _output.Reader.CompleteAsync();
        await _channel.Leave(this);
    }
}
