using System.Globalization;
using System.Net.Security;
using System.Text;
using Lnvps.Core.Outcomes;

namespace Lnvps.Platform.Notifications.Mail;

/// <summary>Commands and replies on one connection. What the server says is bounded, and never repeated with what was sent to it.</summary>
sealed class SmtpDialogue(Stream stream) : IAsyncDisposable
{
    const int LongestLine = 2048, MostLines = 100;

    readonly byte[] _buffer = new byte[4096];
    Stream _stream = stream;
    int _from, _to;

    /// <summary>Goes on under TLS; nothing that was received before counts any more.</summary>
    public async Task Encrypt(string host, RemoteCertificateValidationCallback? trust, CancellationToken stop)
    {
        _from = _to = 0;
        var tls = new SslStream(_stream, leaveInnerStreamOpen: false);
        _stream = tls;
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = host, RemoteCertificateValidationCallback = trust }, stop);
    }

    /// <summary>Introduces us; the answer is what the server can do, one line each.</summary>
    public async Task<IReadOnlyList<string>> Hello(CancellationToken stop)
    {
        await Write("EHLO lnvps\r\n", stop);
        var (code, lines) = await Read(stop);
        Require(code, lines, 250);
        return [.. lines.Skip(1)];
    }

    public async Task Say(string command, int wanted, CancellationToken stop)
    {
        await Write(command + "\r\n", stop);
        await Expect(wanted, stop);
    }

    /// <summary>The e-mail itself. A line that begins with a dot gets another, or it would end the e-mail.</summary>
    public async Task SayData(string mime, CancellationToken stop)
    {
        var stuffed = mime.Replace("\r\n.", "\r\n..", StringComparison.Ordinal);
        await Write((stuffed.StartsWith('.') ? "." : "") + stuffed + ".\r\n", stop);
        await Expect(250, stop);
    }

    /// <summary>Takes leave. The e-mail is handed in already: what the server says to this does not matter.</summary>
    public async Task Quit(CancellationToken stop)
    {
        try
        {
            await Say("QUIT", 221, stop);
        }
        catch (Exception error) when (error is IOException or OutsideFault or OperationCanceledException)
        {
            // It is done.
        }
    }

    /// <exception cref="OutsideFault">Another code: 5xx fatal, all others passing.</exception>
    public async Task Expect(int wanted, CancellationToken stop)
    {
        var (code, lines) = await Read(stop);
        Require(code, lines, wanted);
    }

    public ValueTask DisposeAsync() => _stream.DisposeAsync();

    static void Require(int code, List<string> lines, int wanted)
    {
        // 251 takes a recipient, too.
        if (code == wanted || (wanted == 250 && code == 251))
            return;
        throw new OutsideFault(code is < 500 or > 599, $"the mail server answered {code} {MailText.OneLine(lines[^1])}");
    }

    async Task Write(string text, CancellationToken stop)
    {
        await _stream.WriteAsync(Encoding.ASCII.GetBytes(text), stop);
        await _stream.FlushAsync(stop);
    }

    async Task<(int Code, List<string> Lines)> Read(CancellationToken stop)
    {
        var lines = new List<string>();
        while (lines.Count < MostLines)
        {
            var line = await ReadLine(stop);
            if (line.Length < 3 || !int.TryParse(line.AsSpan(0, 3), NumberStyles.None, CultureInfo.InvariantCulture, out var code))
                throw OutsideFault.Transient("the mail server speaks no SMTP");
            lines.Add(line.Length > 4 ? line[4..] : "");
            if (line.Length == 3 || line[3] != '-')
                return (code, lines);
        }
        throw OutsideFault.Transient("the mail server's answer is too long");
    }

    async Task<string> ReadLine(CancellationToken stop)
    {
        var line = new StringBuilder();
        while (line.Length <= LongestLine)
        {
            if (_from == _to)
            {
                (_from, _to) = (0, await _stream.ReadAsync(_buffer, stop));
                if (_to == 0)
                    throw new IOException("closed by the server");
            }
            var c = (char)_buffer[_from++];
            if (c == '\n')
                return line.ToString();
            if (c != '\r')
                line.Append(c is >= ' ' and <= '~' ? c : ' ');
        }
        throw OutsideFault.Transient("the mail server's answer is too long");
    }
}
