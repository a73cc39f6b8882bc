using System.Text.Json;
using System.Text.Json.Serialization;
using Lnvps.Core.Identity;
using Lnvps.Core.Time;
using Lnvps.Core.Vms;
using Lnvps.Hosting.Hosts;
using Lnvps.Platform.Vms;
using StackExchange.Redis;

namespace Lnvps.Platform.Sharing;

/// <summary>The last seen states of VMs and the usage of the last hour, as all processes of a shop have them (admin-api-2.md section 12).</summary>
/// <param name="lifetime">Of a state.</param>
public sealed class SharedStates(SharedStore store, TimeSpan lifetime)
{
    const int MostSamples = 60;

    /// <param name="sample">What is added to the usage, unless another process added to it within a minute; null = nothing.</param>
    public Task<bool> Put(VmId vm, ObservedState state, UsageSample? sample) => store.Try(async redis =>
    {
        var put = redis.StringSetAsync(StateKey(vm), JsonSerializer.Serialize(SharedState.Of(state), SharedStateJson.Default.SharedState), lifetime);
        if (sample is { } seen && await redis.StringSetAsync($"vm_usage_turn:{vm}", "", TimeSpan.FromSeconds(StateCache.SecondsBetweenSamples), When.NotExists))
        {
            await Task.WhenAll(
                redis.ListRightPushAsync(UsageKey(vm), JsonSerializer.Serialize(seen, SharedStateJson.Default.UsageSample)),
                redis.ListTrimAsync(UsageKey(vm), -MostSamples, -1),
                redis.KeyExpireAsync(UsageKey(vm), StateCache.UsageKept));
        }
        await put;
    });

    /// <summary>Forgets a VM, and says so for as long as another process may remember it: that nothing is known of a VM can also mean that Redis lost it.</summary>
    public Task<bool> Remove(VmId vm) => store.Try(redis => Task.WhenAll(
        redis.StringSetAsync(RemovedKey(vm), "", StateCache.Lifetime), redis.KeyDeleteAsync([StateKey(vm), UsageKey(vm)])));

    /// <summary>What is known of these VMs; null when Redis does not answer.</summary>
    public async Task<ToldStates?> Find(IReadOnlyCollection<VmId> vms)
    {
        var found = new ToldStates();
        if (vms.Count == 0)
            return found;
        RedisValue[]? values = null;
        await store.Try(async redis => values = await redis.StringGetAsync([.. vms.Select(StateKey), .. vms.Select(RemovedKey)]));
        if (values is null)
            return null;
        foreach (var ((vm, value), removed) in vms.Zip(values).Zip(values.Skip(vms.Count)))
        {
            if (Read(value, SharedStateJson.Default.SharedState)?.Observed is { } state)
                found.States[vm] = state;
            else if (!removed.IsNull)
                found.Removed.Add(vm);
        }
        return found;
    }

    /// <summary>The samples of the last hour, oldest first; null when Redis does not answer.</summary>
    /// <param name="now">Seconds since 1970, real time.</param>
    public async Task<IReadOnlyList<UsageSample>?> Usage(VmId vm, long now)
    {
        RedisValue[]? values = null;
        await store.Try(async redis => values = await redis.ListRangeAsync(UsageKey(vm)));
        return values is null ? null : [.. values.Select(value => Read(value, SharedStateJson.Default.UsageSample))
            .Where(sample => sample.At > 0 && now - sample.At <= StateCache.UsageKept.TotalSeconds).OrderBy(sample => sample.At)];
    }

    /// <summary>Nothing when there is nothing, or nothing that is understood.</summary>
    static T? Read<T>(RedisValue value, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type)
    {
        try
        {
            return value.HasValue ? JsonSerializer.Deserialize((string)value!, type) : default;
        }
        catch (JsonException)
        {
            return default;
        }
    }

    static RedisKey StateKey(VmId vm) => $"vm_state:{vm}";

    static RedisKey RemovedKey(VmId vm) => $"vm_removed:{vm}";

    static RedisKey UsageKey(VmId vm) => $"vm_usage:{vm}";
}

/// <summary>What the processes of a shop tell each other of some VMs; of all others nothing is known.</summary>
public sealed class ToldStates
{
    public Dictionary<VmId, ObservedState> States { get; } = [];

    /// <summary>Known to have no state.</summary>
    public HashSet<VmId> Removed { get; } = [];
}

/// <summary>A state as programs share it: the status of customer-api.md section 4.9.</summary>
sealed record SharedState(
    long Timestamp, string State, double CpuUsage, double MemUsage, ulong Uptime, ulong NetIn, ulong NetOut, ulong DiskWrite, ulong DiskRead)
{
    public static SharedState Of(ObservedState observed)
    {
        var state = observed.State;
        return new SharedState(observed.At.UnixSeconds, state.Power == MachinePower.Running ? "running" : "stopped", state.CpuUsage, state.MemoryUsage,
            state.UptimeSeconds, state.NetIn, state.NetOut, state.DiskWrite, state.DiskRead);
    }

    [JsonIgnore]
    public ObservedState Observed => new(new Instant(Timestamp), new MachineState(
        State == "running" ? MachinePower.Running : MachinePower.Stopped, CpuUsage, MemUsage, Uptime, NetIn, NetOut, DiskWrite, DiskRead, HasDisk: true));
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(SharedState))]
[JsonSerializable(typeof(UsageSample))]
sealed partial class SharedStateJson : JsonSerializerContext;
