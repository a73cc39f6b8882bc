using System.IO.Pipelines;
using Lnvps.Platform.Consoles;
using Microsoft.Extensions.Time.Testing;

namespace Lnvps.Platform.Tests.Consoles;

/// <summary>Several consoles on one serial port: nobody misses anything, nobody holds up the others without bound.</summary>
public sealed class ConsoleChannelTests
{
    readonly Pipe _fromGuest = new();
    readonly Pipe _toGuest = new(new PipeOptions(pauseWriterThreshold: 64, resumeWriterThreshold: 32));
    readonly FakeTimeProvider _time = new();

    ConsoleChannel Channel(ConsoleEnd why = ConsoleEnd.MachineOff) => new(new Duplex(_fromGuest.Reader.AsStream(), _toGuest.Writer.AsStream()), _time, () => Task.FromResult(why));

    [Fact]
    public async Task All_get_all_and_the_end()
    {
        await using var channel = Channel();
        var sessions = Enumerable.Range(0, ConsoleChannel.MostSessions).Select(_ => channel.Join(out var _)!).ToList();
        Assert.Null(channel.Join(out var over));
        Assert.False(over);

        var sent = new byte[100_000];
        new Random(1).NextBytes(sent);
        var reading = sessions.ConvertAll(ReadAll);
        await _fromGuest.Writer.WriteAsync(sent);
        await _fromGuest.Writer.CompleteAsync();

        foreach (var (session, read) in sessions.Zip(await Task.WhenAll(reading)))
        {
            Assert.Equal(sent, read);
            Assert.Equal(ConsoleEnd.MachineOff, await session.Ended);
        }
        await channel.Over;
        Assert.Null(channel.Join(out over));
        Assert.True(over);
    }

    [Fact]
    public async Task The_first_to_join_gets_what_the_machine_wrote_before()
    {
        await using var channel = Channel();
        await _fromGuest.Writer.WriteAsync("login: "u8.ToArray());
        // Time enough for a channel that reads without anybody who listens.
        await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);

        var reading = ReadAll(channel.Join(out _)!);
        await _fromGuest.Writer.CompleteAsync();

        Assert.Equal("login: "u8.ToArray(), await reading);
    }

    [Fact]
    public async Task A_port_that_nobody_joined_is_given_back()
    {
        var channel = Channel();

        await channel.LeaveUnused();
        await channel.Over;

        Assert.Null(channel.Join(out var over));
        Assert.True(over);
    }

    [Fact]
    public async Task A_console_that_takes_nothing_is_dropped_and_the_others_lose_nothing()
    {
        await using var channel = Channel();
        var stuck = channel.Join(out _)!;
        var good = channel.Join(out _)!;
        var sent = new byte[ConsoleSession.BufferBytes * 2];
        new Random(2).NextBytes(sent);

        var reading = ReadAll(good);
        var writing = _fromGuest.Writer.WriteAsync(sent);
        // The stuck one holds up the rest for a while, and not for longer.
        while (!stuck.Ended.IsCompleted)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
        }
        await writing;
        await _fromGuest.Writer.CompleteAsync();

        Assert.Equal(ConsoleEnd.TooSlow, await stuck.Ended);
        Assert.Equal(sent, await reading);
    }

    [Fact]
    public async Task A_console_that_is_slow_but_takes_something_keeps_everything()
    {
        await using var channel = Channel();
        var slow = channel.Join(out _)!;
        var sent = new byte[ConsoleSession.BufferBytes * 2];
        new Random(3).NextBytes(sent);

        var writing = Task.Run(async () =>
        {
            await _fromGuest.Writer.WriteAsync(sent);
            await _fromGuest.Writer.CompleteAsync();
        });
        var received = new MemoryStream();
        while (true)
        {
            var read = await slow.Output.ReadAsync();
            var piece = read.Buffer.Slice(0, Math.Min(read.Buffer.Length, 20_000));
            foreach (var part in piece)
                received.Write(part.Span);
            // The next read is one of further bytes: so the time between two of them passes once while the port waits.
            slow.Output.AdvanceTo(piece.End, read.Buffer.End);
            _time.Advance(ConsoleChannel.Patience / 2);
            if (read.IsCompleted && read.Buffer.Length == piece.Length)
                break;
        }
        await writing;

        Assert.Equal(sent, received.ToArray());
        Assert.Equal(ConsoleEnd.MachineOff, await slow.Ended);
    }

    [Fact]
    public async Task What_all_type_arrives_in_whole_pieces_and_one_that_waits_can_leave()
    {
        await using var channel = Channel();
        var sessions = new[] { channel.Join(out _)!, channel.Join(out _)! };
        // The guest reads nothing: the second piece waits.
        await sessions[0].Type(new byte[32], default);
        using var leave = new CancellationTokenSource();
        var waiting = sessions[1].Type(new byte[64], leave.Token).AsTask();
        Assert.False(waiting.IsCompleted);
        await leave.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        await sessions[1].DisposeAsync();
        Assert.False(channel.Over.IsCompleted);
        await sessions[0].DisposeAsync();
        await channel.Over;
    }

    [Fact]
    public async Task The_last_to_leave_gives_the_port_back()
    {
        await using var channel = Channel();
        var (a, b) = (channel.Join(out _)!, channel.Join(out _)!);
        await a.DisposeAsync();
        Assert.False(channel.Over.IsCompleted);
        Assert.Equal(ConsoleEnd.Left, await a.Ended);
        await b.DisposeAsync();
        await channel.Over;
    }

    [Fact]
    public async Task A_broken_port_is_a_lost_host()
    {
        await using var channel = Channel();
        var session = channel.Join(out _)!;
        await _fromGuest.Writer.CompleteAsync(new IOException("gone"));
        Assert.Equal(ConsoleEnd.HostLost, await session.Ended);
    }

    static async Task<byte[]> ReadAll(ConsoleSession session)
    {
        var all = new MemoryStream();
        await session.Output.CopyToAsync(all);
        return all.ToArray();
    }

    /// <summary>The two directions of a port as one stream.</summary>
    sealed class Duplex(Stream reads, Stream writes) : Stream
    {
        public override bool CanRead => true;

        public override bool CanWrite => true;

        public override bool CanSeek => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => reads.ReadAsync(buffer, cancellationToken);

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => writes.WriteAsync(buffer, cancellationToken);

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
