using Lnvps.Core.Outcomes;

namespace Lnvps.Lightning.Nodes;

/// <summary>
/// Keeps listening to a node's settlements: after a failure it waits 10 s and connects again, ever longer (up to 2 minutes) while that keeps
/// failing. It only saves time; looking up every open invoice must suffice without it (billing.md section 13).
/// </summary>
/// <param name="node">The node to listen to.</param>
/// <param name="time">Paces the pauses.</param>
public sealed class SettlementStream(ILightningNode node, TimeProvider time)
{
    public static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(10);
    public static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(2);

    /// <summary>A connection that lasted so long was a good one: the next failure starts over with <see cref="FirstPause"/>.</summary>
    static readonly TimeSpan Lasting = TimeSpan.FromMinutes(1);

    /// <summary>Listens until cancelled.</summary>
    /// <param name="cursor">Highest settle index fully processed, read again before every connection; 0 when not known.</param>
    /// <param name="connecting">Called before every connection: the moment to start a sweep of open invoices, without waiting for it.</param>
    /// <param name="settled">Handles one settlement; may see one more than once. What it throws ends the connection like any other failure.</param>
    /// <param name="lost">Called with the reason and the pause to come when a connection failed or ended.</param>
    /// <param name="stop">Ends the listening, with <see cref="OperationCanceledException"/>.</param>
    public async Task Run(
        Func<CancellationToken, Task<ulong>> cursor,
        Action connecting,
        Func<Settlement, CancellationToken, Task> settled,
        Action<Exception, TimeSpan> lost,
        CancellationToken stop)
    {
        var pause = FirstPause;
        while (true)
        {
            var started = time.GetTimestamp();
            Exception reason;
            try
            {
                var from = await cursor(stop);
                connecting();
                await foreach (var settlement in node.WatchSettled(from, stop))
                {
                    await settled(settlement, stop);
                    pause = FirstPause;
                }
                reason = OutsideFault.Transient("The stream of settlements ended");
            }
            catch (Exception error) when (!stop.IsCancellationRequested)
            {
                // Whatever it was, a listener that gives up would lose payments their promptness for good.
                reason = error;
            }
            if (time.GetElapsedTime(started) >= Lasting)
                pause = FirstPause;
            lost(reason, pause);
            await Task.Delay(pause, time, stop);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }
}
