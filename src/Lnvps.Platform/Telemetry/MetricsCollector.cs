using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Lnvps.Platform.Telemetry;

/// <summary>
/// Collects what the instruments of some meters measure and writes it as Prometheus or OpenMetrics text. Begins to listen when it is made; what was
/// measured before is not known.
/// </summary>
public sealed class MetricsCollector : IDisposable
{
    readonly MeterListener _listener;
    readonly ConcurrentDictionary<Instrument, Family> _families = [];
    readonly Lock _writing = new();
    long _dropped;

    /// <param name="wanted">Which meters.</param>
    public MetricsCollector(Func<Meter, bool> wanted)
    {
        _listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (wanted(instrument.Meter))
                    listener.EnableMeasurementEvents(instrument, _families.GetOrAdd(instrument, made => new Family(made, () => Interlocked.Increment(ref _dropped))));
            },
            MeasurementsCompleted = (instrument, state) => _families.TryRemove(instrument, out var gone),
        };
        _listener.SetMeasurementEventCallback<byte>((_, value, tags, family) => ((Family)family!).Record(value, tags));
        _listener.SetMeasurementEventCallback<short>((_, value, tags, family) => ((Family)family!).Record(value, tags));
        _listener.SetMeasurementEventCallback<int>((_, value, tags, family) => ((Family)family!).Record(value, tags));
        _listener.SetMeasurementEventCallback<long>((_, value, tags, family) => ((Family)family!).Record(value, tags));
        _listener.SetMeasurementEventCallback<float>((_, value, tags, family) => ((Family)family!).Record(value, tags));
        _listener.SetMeasurementEventCallback<double>((_, value, tags, family) => ((Family)family!).Record(value, tags));
        _listener.SetMeasurementEventCallback<decimal>((_, value, tags, family) => ((Family)family!).Record((double)value, tags));
        _listener.Start();
    }

    /// <summary>Value of the header Content-Type.</summary>
    public static string ContentType(ExpositionFormat format) => Exposition.ContentType(format);

    /// <summary>Asks the observed instruments for their values and writes everything known now.</summary>
    public string Write(ExpositionFormat format)
    {
        // One at a time: observed values are told anew for each answer.
        lock (_writing)
        {
            foreach (var family in _families.Values.Where(family => family.IsObserved))
                family.Forget();
            _listener.RecordObservableInstruments();
            var text = new Exposition(format);
            foreach (var family in _families.Values.OrderBy(family => family.Name, StringComparer.Ordinal))
                text.Add(family);
            text.AddCounter("lnvps_metrics_dropped_measurements", "Measurements of series beyond the limit of an instrument.", Interlocked.Read(ref _dropped));
            return text.End();
        }
    }

    public void Dispose() => _listener.Dispose();
}
