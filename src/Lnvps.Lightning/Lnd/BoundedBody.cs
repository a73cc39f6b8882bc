using Lnvps.Core.Outcomes;

namespace Lnvps.Lightning.Lnd;

/// <summary>Reads an answer's body, whole or by lines, but never more than a limit.</summary>
sealed class BoundedBody(Stream stream)
{
    /// <summary>Longest body or line, in bytes; invoices have a few thousand.</summary>
    public const int Limit = 1 << 20;

    byte[] _buffer = new byte[8192];
    int _start, _end;

    /// <summary>The rest of the body.</summary>
    public async Task<ReadOnlyMemory<byte>> ReadAll(CancellationToken stop)
    {
        while (await Fill(stop))
        {
        }
        return _buffer.AsMemory(_start, _end - _start);
    }

    /// <summary>The next line without its end, valid until the next call; null when the body ended between lines.</summary>
    /// <exception cref="EndOfStreamException">The body ended inside a line.</exception>
    public async Task<ReadOnlyMemory<byte>?> ReadLine(CancellationToken stop)
    {
        var seen = 0;
        while (true)
        {
            var at = _buffer.AsSpan(_start + seen, _end - _start - seen).IndexOf((byte)'\n');
            if (at >= 0)
            {
                var line = _buffer.AsMemory(_start, seen + at);
                _start += seen + at + 1;
                return line;
            }
            seen = _end - _start;
            if (!await Fill(stop))
                return seen == 0 ? null : throw new EndOfStreamException("The answer ended inside a line");
        }
    }

    async Task<bool> Fill(CancellationToken stop)
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }
        if (_end > Limit)
            throw OutsideFault.Fatal("LND's answer is too long");
        if (_end == _buffer.Length)
            Array.Resize(ref _buffer, _buffer.Length * 2);
        var count = await stream.ReadAsync(_buffer.AsMemory(_end), stop);
        _end += count;
        return count > 0;
    }
}
