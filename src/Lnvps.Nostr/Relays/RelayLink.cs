using Lnvps.Core.Identity;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Randomness;
using Lnvps.Core.Time;
using Lnvps.Nostr.Events;

namespace Lnvps.Nostr.Relays;

/// <summary>What a relay said to an event, or why it could not be asked.</summary>
/// <param name="Text">Cleaned; empty when there is nothing to say.</param>
public sealed record RelayAnswer(Uri Relay, bool Accepted, string Text);

/// <summary>
/// One relay, kept connected: after a loss it is dialled again with growing pauses, and its subscriptions are opened anew.
/// </summary>
sealed class RelayLink : IAsyncDisposable
{
    const int AuthKind = 22242;
    const int MostChallenges = 10;
    const string AuthRequired = "auth-required:";

    readonly Uri _url;
    readonly RelayParts _parts;
    readonly CancellationTokenSource _stop = new();
    readonly Lock _lock = new();
    readonly Dictionary<string, RelaySubscription> _subscriptions = [];
    readonly TaskCompletionSource _firstAttempt = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly Task _running;
    TaskCompletionSource<Connection> _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public RelayLink(Uri url, RelayParts parts)
    {
        (_url, _parts) = (url, parts);
        _running = Run();
    }

    public Uri Url => _url;

    public bool IsConnected => _connected.Task.IsCompleted;

    /// <summary>Ends when the relay was reached, or could not be.</summary>
    public Task FirstAttempt => _firstAttempt.Task;

    public Task Connected => _connected.Task;

    public async Task<RelayAnswer> Publish(NostrEvent signed, CancellationToken stop)
    {
        try
        {
            var connection = await _connected.Task.WaitAsync(stop);
            var ok = await connection.Ask(signed, RelayCommand.Publish(signed), stop);
            if (!ok.Accepted && ok.Text.StartsWith(AuthRequired, StringComparison.Ordinal) && await connection.SignedIn.WaitAsync(stop))
                ok = await connection.Ask(signed, RelayCommand.Publish(signed), stop);
            return new RelayAnswer(_url, ok.Accepted, RelayText.Clean(ok.Text));
        }
        catch (OutsideFault fault)
        {
            return new RelayAnswer(_url, Accepted: false, fault.Message);
        }
        catch (OperationCanceledException)
        {
            return new RelayAnswer(_url, Accepted: false, "no answer in time");
        }
    }

    public async Task Open(RelaySubscription subscription, CancellationToken stop)
    {
        Connection? connection;
        lock (_lock)
        {
            _subscriptions[subscription.Name] = subscription;
            connection = IsConnected ? _connected.Task.Result : null;
        }
        if (connection is not null)
            await TrySend(connection, RelayCommand.Subscribe(subscription.Name, subscription.Filters), stop);
        else if (FirstAttempt.IsCompleted)
            subscription.Finished(_url);
    }

    public async ValueTask Close(RelaySubscription subscription)
    {
        Connection? connection;
        lock (_lock)
        {
            connection = _subscriptions.Remove(subscription.Name) && IsConnected ? _connected.Task.Result : null;
        }
        if (connection is not null && !_stop.IsCancellationRequested)
            await TrySend(connection, RelayCommand.Close(subscription.Name), _stop.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    async Task Run()
    {
        await Task.Yield();
        var pause = _parts.FirstPause;
        while (!_stop.IsCancellationRequested)
        {
            var began = _parts.Time.GetTimestamp();
            try
            {
                await using var socket = await RelaySocket.Open(_url, _parts, _stop.Token);
                await Serve(new Connection(socket), _stop.Token);
            }
            catch (OutsideFault fault)
            {
                _parts.Report?.Invoke(_url, RelayText.Clean(fault.Message));
            }
            catch (OperationCanceledException)
            {
                // Stopped.
            }
            Lost();
            if (_parts.Time.GetElapsedTime(began) > _parts.LongestPause)
                pause = _parts.FirstPause;
            // From half of the pause to all of it, so that clients do not come back all at once.
            var jittered = pause * (0.5 + (double)(ulong)_parts.Random.Below(1000) / 2000);
            await Task.Delay(jittered, _parts.Time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            pause = pause * 2 < _parts.LongestPause ? pause * 2 : _parts.LongestPause;
        }
    }

    async Task Serve(Connection connection, CancellationToken stop)
    {
        List<RelaySubscription> open;
        lock (_lock)
        {
            open = [.. _subscriptions.Values];
            _connected.SetResult(connection);
        }
        _firstAttempt.TrySetResult();
        try
        {
            foreach (var subscription in open)
                await connection.Socket.Send(RelayCommand.Subscribe(subscription.Name, subscription.Filters), stop);
            while (true)
            {
                var message = await connection.Socket.Receive(stop);
                // What cannot be read is skipped: a relay may speak of things unknown here.
                if (RelayMessage.TryParse(message.Span, out var read))
                    await Take(connection, read, stop);
            }
        }
        finally
        {
            connection.Fail();
        }
    }

    async Task Take(Connection connection, RelayMessage message, CancellationToken stop)
    {
        switch (message)
        {
            case RelayMessage.Event sent:
                Find(sent.Subscription)?.Offer(sent.Sent);
                break;
            case RelayMessage.EndOfStored end:
                Find(end.Subscription)?.Finished(_url);
                break;
            case RelayMessage.Ok ok:
                connection.Answer(ok);
                break;
            case RelayMessage.Closed closed when Find(closed.Subscription) is { } subscription:
                if (closed.Text.StartsWith(AuthRequired, StringComparison.Ordinal) && _parts.Key is not null && connection.Reopened.Add(closed.Subscription))
                    _ = ReopenSignedIn(connection, subscription, stop);
                else
                    subscription.Finished(_url);
                break;
            case RelayMessage.Challenge challenge when _parts.Key is { } key && connection.Challenges++ < MostChallenges:
                var signed = NostrEvent.Sign(key, Instant.From(_parts.Time.GetUtcNow()), AuthKind,
                    [new EventTag("relay", _url.OriginalString), new EventTag("challenge", challenge.Text)], "");
                connection.AuthEvent = signed.Id;
                await connection.Socket.Send(RelayCommand.Authenticate(signed), stop);
                break;
            case RelayMessage.Notice notice:
                _parts.Report?.Invoke(_url, RelayText.Clean(notice.Text));
                break;
            default:
                break;
        }
    }

    async Task ReopenSignedIn(Connection connection, RelaySubscription subscription, CancellationToken stop)
    {
        try
        {
            using var limit = new CancellationTokenSource(_parts.PublishLimit, _parts.Time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stop);
            if (await connection.SignedIn.WaitAsync(either.Token) && Find(subscription.Name) is not null)
            {
                await connection.Socket.Send(RelayCommand.Subscribe(subscription.Name, subscription.Filters), stop);
                return;
            }
        }
        catch (Exception error) when (error is OutsideFault or OperationCanceledException)
        {
            // Given up below.
        }
        subscription.Finished(_url);
    }

    RelaySubscription? Find(string name)
    {
        lock (_lock)
            return _subscriptions.GetValueOrDefault(name);
    }

    void Lost()
    {
        _firstAttempt.TrySetResult();
        List<RelaySubscription> open;
        lock (_lock)
        {
            if (IsConnected)
                _connected = new TaskCompletionSource<Connection>(TaskCreationOptions.RunContinuationsAsynchronously);
            open = [.. _subscriptions.Values];
        }
        foreach (var subscription in open)
            subscription.Finished(_url);
    }

    async Task TrySend(Connection connection, byte[] message, CancellationToken stop)
    {
        using var limit = new CancellationTokenSource(_parts.PublishLimit, _parts.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stop);
        try
        {
            await connection.Socket.Send(message, either.Token).WaitAsync(either.Token);
        }
        catch (Exception error) when (error is OutsideFault or OperationCanceledException)
        {
            // The reader notices the loss and opens everything anew.
        }
    }

    /// <summary>What belongs to one connection and ends with it.</summary>
    sealed class Connection(RelaySocket socket)
    {
        readonly Dictionary<Bytes32, TaskCompletionSource<RelayMessage.Ok>> _asked = [];
        readonly TaskCompletionSource<bool> _signedIn = new(TaskCreationOptions.RunContinuationsAsynchronously);
        readonly Lock _lock = new();
        bool _lost;

        public RelaySocket Socket => socket;

        public int Challenges { get; set; }

        public Bytes32? AuthEvent { get; set; }

        /// <summary>Subscriptions that were opened a second time after signing in.</summary>
        public HashSet<string> Reopened { get; } = [];

        /// <summary>Whether the relay took our signature; no answer before it has asked for one.</summary>
        public Task<bool> SignedIn => _signedIn.Task;

        public async Task<RelayMessage.Ok> Ask(NostrEvent signed, byte[] command, CancellationToken stop)
        {
            TaskCompletionSource<RelayMessage.Ok> answer;
            lock (_lock)
            {
                if (_lost)
                    throw ConnectionLost();
                if (!_asked.TryGetValue(signed.Id, out answer!))
                    _asked[signed.Id] = answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
            }
            try
            {
                await socket.Send(command, stop).WaitAsync(stop);
                return await answer.Task.WaitAsync(stop);
            }
            finally
            {
                lock (_lock)
                    _asked.Remove(signed.Id);
            }
        }

        public void Answer(RelayMessage.Ok ok)
        {
            if (ok.EventId == AuthEvent)
                _signedIn.TrySetResult(ok.Accepted);
            TaskCompletionSource<RelayMessage.Ok>? asked;
            lock (_lock)
                asked = _asked.GetValueOrDefault(ok.EventId);
            asked?.TrySetResult(ok);
        }

        public void Fail()
        {
            List<TaskCompletionSource<RelayMessage.Ok>> asked;
            lock (_lock)
            {
                _lost = true;
                asked = [.. _asked.Values];
            }
            foreach (var answer in asked)
                answer.TrySetException(ConnectionLost());
            _signedIn.TrySetResult(false);
        }

        static OutsideFault ConnectionLost() => OutsideFault.Transient("connection lost");
    }
}
