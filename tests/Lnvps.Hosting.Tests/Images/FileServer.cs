using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Lnvps.Hosting.Tests.Images;

/// <summary>An HTTP server that answers each connection with exactly the bytes a test wants, however wrong.</summary>
sealed class FileServer : IDisposable
{
    readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    readonly CancellationTokenSource _stop = new();
    readonly Func<string, NetworkStream, CancellationToken, Task> _answer;
    readonly List<string> _paths = [];
    int _requests;

    /// <param name="answer">Gets the request's path and writes the whole answer; the connection closes afterwards.</param>
    public FileServer(Func<string, NetworkStream, CancellationToken, Task> answer)
    {
        _answer = answer;
        _listener.Start();
        _ = Accept();
    }

    public int Requests => _requests;

    /// <summary>How often a path was asked for.</summary>
    public int RequestsOf(string path)
    {
        lock (_paths)
            return _paths.Count(asked => asked == path);
    }

    public Uri Url(string path) => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/{path}");

    public static Task Send(Stream stream, string head, byte[] body) =>
        stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {head}\r\nConnection: close\r\n\r\n").Concat(body).ToArray()).AsTask();

    async Task Accept()
    {
        while (true)
        {
            var client = await _listener.AcceptTcpClientAsync(_stop.Token);
            Interlocked.Increment(ref _requests);
            _ = Serve(client);
        }
    }

    async Task Serve(TcpClient client)
    {
        using (client)
        {
            var stream = client.GetStream();
            using var reader = new StreamReader(stream, Encoding.ASCII, leaveOpen: true);
            var path = (await reader.ReadLineAsync())!.Split(' ')[1];
            lock (_paths)
                _paths.Add(path);
            while (await reader.ReadLineAsync() is { Length: > 0 })
            {
            }
            await _answer(path, stream, _stop.Token);
            client.Client.Shutdown(SocketShutdown.Send);
            await reader.ReadToEndAsync();
        }
    }

    public void Dispose()
    {
        _stop.Cancel();
        _listener.Dispose();
        _stop.Dispose();
    }
}
