using Lnvps.Bench.Measuring;
using Lnvps.Core.Time;
using Lnvps.Nostr.Events;
using Lnvps.Nostr.HttpAuth;
using Lnvps.Nostr.Keys;

namespace Lnvps.Bench.Nostr;

/// <summary>The check every protected request pays for, against the signature check inside it.</summary>
sealed class Nip98Benchmark : IBenchmark
{
    const double MostTimesBareVerify = 1.3;

    // Measured: nothing at all. Whoever needs memory here raises this line and says why.
    const double AllocationBudget = 0;

    const int Samples = 64;

    readonly Nip98Request _request = new("GET", "/api/v1/vm/1234", Instant.Utc(2026, 2, 19, 10));
    readonly string[] _headers = new string[Samples];
    readonly (byte[] Signature, byte[] Id, byte[] Key)[] _bare = new (byte[], byte[], byte[])[Samples];

    public Nip98Benchmark()
    {
        for (var i = 0; i < Samples; i++)
        {
            using var key = SecretKey.Generate();
            _headers[i] = Nip98.Sign(key, _request.Method, $"https://api.lnvps.net{_request.Target}?n={i}", _request.Now);
            if (!NostrEvent.TryParse(Convert.FromBase64String(_headers[i]["Nostr ".Length..]), out var signed))
                throw new InvalidOperationException("Our own event does not read");
            var signature = new byte[64];
            signed.Signature.CopyTo(signature);
            _bare[i] = (signature, signed.Id.ToArray(), signed.PublicKey.Bytes.ToArray());
        }
    }

    public string Name => "nip98";

    public string About => "sign-in check (NIP-98) against the bare libsecp256k1 verify; bytes allocated";

    public async Task<IReadOnlyList<Finding>> Measure(CancellationToken stop)
    {
        var time = await Interleaved.Compare(BareVerify, WholeCheck);
        return
        [
            new("nip98: time / bare verify", time.Ratio, MostTimesBareVerify, Note: time.Note),
            .. await Check(stop),
        ];
    }

    public Task<IReadOnlyList<Finding>> Check(CancellationToken stop) =>
        Task.FromResult<IReadOnlyList<Finding>>([new("nip98: allocated", Allocation.PerOperation(WholeCheck), AllocationBudget, "bytes")]);

    void BareVerify(int i)
    {
        var (signature, id, key) = _bare[i % Samples];
        if (!Secp256k1.SchnorrVerify(signature, id, key))
            throw new InvalidOperationException("A good signature was refused");
    }

    void WholeCheck(int i)
    {
        if (!Nip98.VerifyHeader(_headers[i % Samples], _request).IsOk)
            throw new InvalidOperationException("A good credential was refused");
    }
}
