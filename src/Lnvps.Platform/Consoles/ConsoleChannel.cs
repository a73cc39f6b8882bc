namespace Lnvps.Platform.Consoles;

/// <summary>
/// A machine's serial port and the consoles that share it. One loop reads it and hands each piece to all; a console that takes nothing for too long is dropped, so
/// that it holds up neither the others nor the machine for ever.
/// </summary>
public sealed class ConsoleChannel : IAsyncDisposable
{
    /// <summary>Most consoles at a time.</summary>
    public const int MostSessions = 4;

    /// <summary>How long a console with a full buffer may take nothing.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    const int PieceBytes = 4096;

    readonly Stream _port;
    readonly TimeProvider _time;
    readonly Func<Task<ConsoleEnd>> _whyEnded;
    readonly SemaphoreSlim _writing = new(1);
    readonly CancellationTokenSource _closed = new();
    readonly Lock _gate = new();
    readonly List<ConsoleSession> _sessions = [];
    readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);
    bool _isRead;
    bool _isOver;

    /// <param name="port">Owned from now on. Read from when the first console joins, so that it misses nothing.</param>
    /// <param name="whyEnded">Asked once when the port has ended by itself.</param>
    public ConsoleChannel(Stream port, TimeProvider time, Func<Task<ConsoleEnd>> whyEnded) => (_port, _time, _whyEnded) = (port, time, whyEnded);

    /// <summary>Completes when the port is given back.</summary>
    public Task Over => _over.Task;

    /// <summary>Null when there is no room for another console, or it is over.</summary>
    public ConsoleSession? Join(out bool isOver)
    {
        lock (_gate)
        {
            isOver = _isOver;
            if (_isOver || _sessions.Count >= MostSessions)
                return null;
            var session = new ConsoleSession(this);
            _sessions.Add(session);
            BeginReading();
            return session;
        }
    }

    /// <summary>Gives the port back if nobody has joined, or all have left.</summary>
    internal async Task LeaveUnused()
    {
        lock (_gate)
        {
            if (_sessions.Count > 0 || _isOver)
                return;
            _isOver = true;
            BeginReading();
        }
        await _closed.CancelAsync();
    }

    /// <summary>The pump is also what gives the port back. To be called under the gate.</summary>
    void BeginReading()
    {
        if (!_isRead)
            _ = Task.Run(Pump, CancellationToken.None);
        _isRead = true;
    }

    internal async ValueTask Write(ReadOnlyMemory<byte> input, CancellationToken stop)
    {
        using var both = CancellationTokenSource.CreateLinkedTokenSource(stop, _closed.Token);
        await _writing.WaitAsync(both.Token);
        try
        {
            await _port.WriteAsync(input, both.Token);
        }
        finally
        {
            _writing.Release();
        }
    }

    internal Task Leave(ConsoleSession session) => Drop(session, ConsoleEnd.Left);

    async Task Drop(ConsoleSession session, ConsoleEnd end)
    {
        bool wasLast;
        lock (_gate)
        {
            wasLast = _sessions.Remove(session) && _sessions.Count == 0;
            _isOver |= wasLast;
        }
        session.End(end);
        // The pump gives the port back.
        if (wasLast)
            await _closed.CancelAsync();
    }

    async Task Pump()
    {
        var buffer = new byte[PieceBytes];
        var end = ConsoleEnd.Left;
        try
        {
            while (await _port.ReadAsync(buffer, _closed.Token) is > 0 and var count)
                await HandOut(buffer.AsMemory(0, count));
            // Whoever comes now is to have a port that lives, or to hear why there is none.
            lock (_gate)
                _isOver = true;
            end = await _whyEnded();
        }
        catch (OperationCanceledException) when (_closed.IsCancellationRequested)
        {
            // All have left.
        }
        catch (Exception)
        {
            // Whatever broke, the consoles learn that the host is gone.
            end = ConsoleEnd.HostLost;
        }
        await Close(end);
    }

    async Task HandOut(ReadOnlyMemory<byte> piece)
    {
        foreach (var session in Sessions())
        {
            if (!await session.Offer(piece, Patience, _time))
                await Drop(session, ConsoleEnd.TooSlow);
        }
    }

    async Task Close(ConsoleEnd end)
    {
        lock (_gate)
            _isOver = true;
        foreach (var session in Sessions())
            await Drop(session, end);
        await _closed.CancelAsync();
        try
        {
            await _port.DisposeAsync();
        }
        finally
        {
            _over.TrySetResult();
        }
    }

    ConsoleSession[] Sessions()
    {
        lock (_gate)
            return [.. _sessions];
    }

    /// <summary>Ends all its consoles and gives the port back.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_gate)
            BeginReading();
        await _closed.CancelAsync();
        await _over.Task;
        _closed.Dispose();
        _writing.Dispose();
    }
}
