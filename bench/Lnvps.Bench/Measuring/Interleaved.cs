using System.Diagnostics;

namespace Lnvps.Bench.Measuring;

/// <summary>
/// Compares two ways of doing something in one run. Machines are noisy and slow down and speed up over seconds, so that the two take turns in short
/// batches, the ratio is taken within each pair of neighbours, and the median pair is the answer.
/// </summary>
/// <param name="Ratio">Median of time of subject / time of baseline.</param>
/// <param name="Baseline">Median time of one operation of the baseline.</param>
/// <param name="Subject">Median time of one operation of the subject.</param>
sealed record Comparison(double Ratio, TimeSpan Baseline, TimeSpan Subject)
{
    /// <summary>Both medians in microseconds.</summary>
    public string Note => $"{Subject.TotalMicroseconds:0.00} us against {Baseline.TotalMicroseconds:0.00} us";
}

static class Interleaved
{
    const int Rounds = 501;

    static readonly TimeSpan s_warmUp = TimeSpan.FromSeconds(1), s_batch = TimeSpan.FromMilliseconds(2);

    /// <summary>Compares two synchronous operations; each gets the number of the call, so that it can take another sample every time.</summary>
    public static async Task<Comparison> Compare(Action<int> baseline, Action<int> subject, int rounds = Rounds)
    {
        return await Compare(
            i =>
            {
                baseline(i);
                return ValueTask.CompletedTask;
            },
            i =>
            {
                subject(i);
                return ValueTask.CompletedTask;
            },
            rounds);
    }

    /// <summary>Compares two asynchronous operations, run one after the other.</summary>
    public static async Task<Comparison> Compare(Func<int, ValueTask> baseline, Func<int, ValueTask> subject, int rounds = Rounds)
    {
        var count = await Calibrate(baseline);
        await Calibrate(subject);
        double[] ratios = new double[rounds], slow = new double[rounds], fast = new double[rounds];
        for (var round = 0; round < rounds; round++)
        {
            // Whoever goes first in a pair changes, because the second finds the caches of the first.
            if (round % 2 == 0)
            {
                fast[round] = await Time(baseline, count);
                slow[round] = await Time(subject, count);
            }
            else
            {
                slow[round] = await Time(subject, count);
                fast[round] = await Time(baseline, count);
            }
            ratios[round] = slow[round] / fast[round];
        }
        return new Comparison(Median(ratios), TimeSpan.FromSeconds(Median(fast)), TimeSpan.FromSeconds(Median(slow)));
    }

    /// <summary>Median time of one operation alone, for goals in seconds.</summary>
    public static async Task<TimeSpan> MedianTime(Func<int, ValueTask> operation, int rounds = Rounds)
    {
        var count = await Calibrate(operation);
        var times = new double[rounds];
        for (var round = 0; round < rounds; round++)
            times[round] = await Time(operation, count);
        return TimeSpan.FromSeconds(Median(times));
    }

    // Warms up, so that the code is compiled with all optimisations, and finds how many operations fill a batch.
    static async Task<int> Calibrate(Func<int, ValueTask> operation)
    {
        var started = Stopwatch.GetTimestamp();
        var count = 1;
        while (true)
        {
            var seconds = await Time(operation, count) * count;
            if (Stopwatch.GetElapsedTime(started) >= s_warmUp)
                return Math.Max(1, (int)(s_batch.TotalSeconds / seconds * count));
            if (seconds < s_batch.TotalSeconds)
                count *= 2;
        }
    }

    // Seconds for one operation.
    static async Task<double> Time(Func<int, ValueTask> operation, int count)
    {
        var started = Stopwatch.GetTimestamp();
        for (var i = 0; i < count; i++)
            await operation(i);
        return Stopwatch.GetElapsedTime(started).TotalSeconds / count;
    }

    static double Median(double[] values)
    {
        var sorted = values.Order().ToArray();
        return sorted[sorted.Length / 2];
    }
}
