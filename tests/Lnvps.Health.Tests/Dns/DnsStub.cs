using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Lnvps.Health.Tests.Dns;

/// <summary>A DNS server on a free loopback port that may lie, and say nothing.</summary>
sealed class DnsStub : IDisposable
{
    readonly UdpClient _socket = new(new IPEndPoint(IPAddress.Loopback, 0));

    /// <param name="answer">What is sent to a question, of which this is the number, from 1; null = nothing.</param>
    public DnsStub(Func<byte[], int, byte[]?> answer) => _ = Serve(answer);

    public IPEndPoint EndPoint => (IPEndPoint)_socket.Client.LocalEndPoint!;

    public ConcurrentQueue<byte[]> Questions { get; } = [];

    /// <summary>An answer to the question with one A record, or none.</summary>
    public static byte[] Reply(byte[] question, byte code = 0, params byte[] address)
    {
        // Header of 12 bytes, then the name, its type and class.
        var end = 12;
        while (question[end] != 0)
            end += question[end] + 1;
        end += 5;
        byte[] record = address.Length == 0 ? [] : [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, .. address];
        return [question[0], question[1], 0x81, (byte)(0x80 | code), 0, 1, 0, (byte)(record.Length == 0 ? 0 : 1), 0, 0, 0, 0, .. question[12..end], .. record];
    }

    public void Dispose() => _socket.Dispose();

    async Task Serve(Func<byte[], int, byte[]?> answer)
    {
        try
        {
            while (true)
            {
                var question = await _socket.ReceiveAsync();
                Questions.Enqueue(question.Buffer);
                if (answer(question.Buffer, Questions.Count) is { } bytes)
                    await _socket.SendAsync(bytes, question.RemoteEndPoint);
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // Disposed of.
        }
    }
}
